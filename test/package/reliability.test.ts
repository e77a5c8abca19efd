import { readFileSync } from "node:fs";
import { join } from "node:path";
import { reliabilityRows } from "../support/reliability-rows";
import { sourcesOf } from "./imports";
import { ROOT } from "./project";

const FAULTS = "test/mysql/reconciler/faults";
const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** The titles of a file's tests. */
const titlesIn = (file: string) =>
  [...textOf(file).matchAll(/\bit\(\s*"((?:[^"\\]|\\.)*)"/g)].map(([, title]) => title!);

describe("docs/reliability.md", () => {
  const rows = reliabilityRows();
  const titles = sourcesOf(FAULTS).flatMap(titlesIn);

  it("has a test of the same name for each row", () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    const missing = rows.filter(({ name }) => !titles.includes(name));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it("has a row for each test that makes a fault", () => {
    const names = new Set(rows.map(({ name }) => name));
    expect(titles.filter(title => title.includes(": ") && !names.has(title))).toEqual([]);
  });

  it("names tests of other suites as they are", () => {
    const named = [
      ...textOf("docs/reliability.md").matchAll(/\| `([^`]+)` in \[[^\]]+\]\(\.\.\/([^)]+)\) \|$/gm),
    ];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(([, title, file]) => !textOf(file!).includes(title!)).map(([row]) => row)).toEqual(
      [],
    );
  });

  it("a row whose run succeeds says so, and any other has what the error says", () => {
    const succeeding = rows.filter(({ says }) => says === undefined).map(({ outcome }) => outcome);
    expect(succeeding.length).toBeGreaterThan(0);
    for (const outcome of succeeding) expect(outcome).toMatch(/^nothing: /);
  });
});
