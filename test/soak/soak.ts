import { parseArgs } from "node:util";
import { runSoak } from "./run-soak";

const USAGE = `npm run soak -- [--days 365] [--seed 1] [--users 200]
Twelve clusters on MySQL 9.7 and 8.0 live through some days: people, services and agents come, change and go;
functions are killed, connections cut, servers restarted. After each day, what accounts can do is what is
declared for that day, and the audit trail says why. A failure names seed and day.`;

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    options: { days: text, seed: text, users: text, help: { type: "boolean" } },
  });
  if (values.help) return console.log(USAGE);
  const number = (name: "days" | "seed" | "users", otherwise: number) => {
    const value = Number(values[name] ?? otherwise);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name} must be a whole number from 1 on\n${USAGE}`);
    return value;
  };
  const options = { days: number("days", 365), seed: number("seed", 1), users: number("users", 200) };
  const report = await runSoak({ ...options, say: line => console.error(line) });
  console.log(JSON.stringify(report, null, 2));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
