import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A users folder in a directory of its own; `remove` deletes both. */
export function usersFolder(files: Readonly<Record<string, string>>) {
  const work = mkdtempSync(join(tmpdir(), "views-"));
  const folder = join(work, "users");
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { work, folder, remove: () => rmSync(work, { recursive: true, force: true }) };
}

/** A person's file with these grants, a line each. */
export const person = (name: string, ...grants: readonly string[]): string =>
  [`name: ${name}`, `email: ${name}@example.com`, "grants:", ...grants.map(grant => `  - ${grant}`), ""].join(
    "\n",
  );

export const JANE = person(
  "jane",
  "{ cluster: orders, databases: [orders], role: read, expires: 2026-11-30, reason: =HYPERLINK(1) }",
  "{ cluster: orders, databases: [archive], role: write, expires: 2026-11-01 }",
  "{ cluster: payments, databases: [ledger], role: admin }",
);
