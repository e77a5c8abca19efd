import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { administratorLacks } from "../../core/mysql";

const ROOT = join(__dirname, "../..");
const text = readFileSync(join(ROOT, "docs/security.md"), "utf8");

describe("docs/security.md", () => {
  it.each(["security.md", "threats.md"])("%s names tests that exist", page => {
    const named = [...readFileSync(join(ROOT, "docs", page), "utf8").matchAll(/`(test\/[\w./-]+)`/g)].map(
      ([, path]) => path!,
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter(path => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it("names every privilege of the administrator without which a plan is refused", () => {
    const nothing = {
      global: new Set<string>(),
      restrictions: new Map(),
      grants: false,
      callsRdsKill: false,
      writesMysql: false,
    };
    const needed = administratorLacks(nothing).map(({ privilege }) => privilege);
    const table = text.split("## What the administrator needs")[1]!.split("\n## ")[0]!;
    expect(needed.length).toBeGreaterThan(3);
    expect(needed.filter(privilege => !table.includes(privilege))).toEqual([]);
  });
});
