import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../../../cli/run";
import { defined } from "../../../../../core/json";

let folder: string;
let table: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
  table = join(mkdtempSync(join(tmpdir(), "people ")), "people.csv");
  writeFileSync(table, "user,cluster,database,role\njane,stock,stock,read\n");
  const grant = "  - { cluster: orders, databases: [orders], role: read, expires: 2027-01-01 }\n";
  for (const name of ["jane", "bob"])
    writeFileSync(join(folder, `${name}.yaml`), `name: X\nemail: ${name}@example.com\ngrants:\n${grant}`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const state = () => readdirSync(folder).map(name => [name, readFileSync(join(folder, name), "utf8")]);
const commands: Record<string, () => string[]> = {
  grant: () => ["grant", "jane", "--cluster", "stock", "--database", "stock", "--role", "read"],
  "grant --file": () => ["grant", "--file", table],
  change: () => ["change", "jane", "--cluster", "orders", "--role", "write"],
  extend: () => ["extend", "jane", "--cluster", "orders", "--expires", "2028-01-01"],
  revoke: () => ["revoke", "jane", "--cluster", "orders"],
  suspend: () => ["suspend", "jane"],
  remove: () => ["remove", "jane"],
  new: () => ["new", "ada", "--name", "Ada", "--email", "ada@example.com"],
};
const modes = [[], ["--dry-run"], ["--json"], ["--json", "--dry-run"]];
const cases = Object.keys(commands).flatMap(name =>
  modes.flatMap(mode => [true, false].map(isTerminal => ({ name, mode, isTerminal, title: mode.join(" ") }))),
);

test.each(cases)("$name $title, at a terminal: $isTerminal", async ({ isTerminal, mode, name }) => {
  const before = state();
  const [out, err, asked]: string[][] = [[], [], []];
  const code = await run([...commands[name]!(), "--folder", folder, ...mode], {
    out: text => void out!.push(text),
    err: text => void err!.push(text),
    raw: text => void out!.push(text),
    ...defined({
      screen: isTerminal ? ("plain" as const) : undefined,
      prompt: isTerminal ? async (text: string) => void asked!.push(text) : undefined,
    }),
    env: {},
    now: () => new Date("2026-11-20T12:00:00Z"),
  });
  expect([code, asked]).toEqual([0, []]);
  const isDry = mode.includes("--dry-run");
  expect(state().length === before.length && String(state()) === String(before)).toBe(isDry);
  if (mode.includes("--json")) {
    expect(JSON.parse(out!.join("\n"))).toMatchObject({ changed: !isDry, problems: [] });
    return;
  }
  const isShown = name !== "new" || isDry;
  expect(/^[-+]/m.test(out!.join("\n"))).toBe(isShown);
  if (name !== "new") expect(err!.includes("nothing was changed: this was a dry run")).toBe(isDry);
});
