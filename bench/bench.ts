import { parseArgs } from "node:util";
import { createAccounts } from "./create-accounts";
import type { Figure, Part } from "./figure";
import { formatTable } from "./format-table";
import { functionSize } from "./function-size";
import { planAndApply } from "./plan-and-apply";
import { readAccounts } from "./read-accounts";
import { synthStacks } from "./synth-stacks";

const PARTS: Readonly<Record<string, Part>> = {
  read: readAccounts,
  create: createAccounts,
  terraform: planAndApply,
  synth: synthStacks,
  function: functionSize,
};

const USAGE = `npm run bench -- [--only ${Object.keys(PARTS).join(",")}] [--json]
Measures on real parts (MySQL, Terraform, the local cloud) and prints medians, each beside what it is held against.`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } } });
  if (values.help) return console.log(USAGE);
  const chosen = values.only?.split(",") ?? Object.keys(PARTS);
  const unknown = chosen.filter(name => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(", ")}\n${USAGE}`);

  const began = performance.now();
  const seconds = () => `${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s`;
  const figures: Record<string, Figure[]> = {};
  for (const name of chosen) {
    console.error(`${seconds()}  ${name}`);
    figures[name] = await PARTS[name]!(progress => console.error(`${seconds()}  ${name}: ${progress}`));
  }
  const all = Object.values(figures).flat();
  const missed = all.filter(({ met }) => met === false).length;
  const reached = all.filter(({ met }) => met === true).length;
  if (values.json)
    return console.log(JSON.stringify({ node: process.version, platform: process.platform, parts: figures }, null, 2));
  console.log(formatTable(figures));
  console.log(
    `\n${reached} of ${reached + missed} aims met, in ${seconds().trim()}. Times depend on the machine; the ratios less so.`,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exitCode = 1;
});
