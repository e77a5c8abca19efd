import { parseArgs } from "node:util";
import type { Figure, Part } from "./figure";
import { formatTable } from "./format-table";

/** Each part is loaded when it runs, because loading some takes seconds. */
const PARTS: Readonly<Record<string, () => Promise<Part>>> = {
  read: async () => (await import("./read-accounts.js")).readAccounts,
  mixed: async () => (await import("./read-mixed.js")).readMixed,
  create: async () => (await import("./create-accounts.js")).createAccounts,
  terraform: async () => (await import("./plan-and-apply.js")).planAndApply,
  synth: async () => (await import("./synth-stacks.js")).synthStacks,
  function: async () => (await import("./function-size.js")).functionSize,
  diff: async () => (await import("./diff-users.js")).diffUsers,
  rules: async () => (await import("./judge-rules.js")).judgeRules,
  audit: async () => (await import("./audit-append.js")).auditAppend,
};
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const USAGE = `npm run bench -- [--only ${Object.keys(PARTS).join(",")}] [--json]
Measures on real parts (MySQL, Terraform, the local cloud).
Prints the median of each figure and what it is compared with.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { only: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } },
  });
  if (values.help) return console.log(USAGE);
  const chosen = values.only?.split(",") ?? Object.keys(PARTS);
  const unknown = chosen.filter(name => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(", ")}\n${USAGE}`);

  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s`;
  const figures: Record<string, Figure[]> = {};
  for (const name of chosen) {
    console.error(`${seconds()}  ${name}`);
    const part = await PARTS[name]!();
    figures[name] = await part(progress => console.error(`${seconds()}  ${name}: ${progress}`));
  }
  const all = Object.values(figures).flat();
  const missed = all.filter(({ met }) => met === false).length;
  const reached = all.filter(({ met }) => met === true).length;
  if (values.json)
    return console.log(
      JSON.stringify({ node: process.version, platform: process.platform, parts: figures }, null, 2),
    );
  console.log(formatTable(figures));
  const total = `${reached} of ${reached + missed} aims met, in ${seconds().trim()}`;
  console.log(`\n${total}. Times depend on the machine, ratios depend less on it.`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
});
