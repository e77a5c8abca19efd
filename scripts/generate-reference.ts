import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { apiReference, cliReference } from "./reference";

const ROOT = join(__dirname, "..");

/** Writes docs/cli.md and docs/api; with --check only says which of them are stale. */
async function main(): Promise<void> {
  const files = [cliReference(), await apiReference()];
  const stale = files.filter(({ file, text }) => textOf(join(ROOT, file)) !== text);
  if (process.argv.includes("--check")) {
    for (const { file } of stale) console.error(`${file} is stale; run \`npm run reference\``);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  for (const { file, text } of stale) {
    mkdirSync(dirname(join(ROOT, file)), { recursive: true });
    writeFileSync(join(ROOT, file), text);
  }
  console.log(`${files.length - stale.length} of ${files.length} files were up to date`);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

void main();
