import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importGraph } from "./import-graph";
import { ROOT } from "./project";

const [, afterHeading] = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8").split(
  "\n## The newcomer's walk\n",
);
const section = afterHeading!.split("\n## ")[0]!;
/** Each part of the walk runs in one process: its files, in order. */
const parts = section
  .split(/\n\n(?!\d+\. )/)
  .map(part => [...part.matchAll(/^\d+\. `([^`]+)`/gm)].map(([, file]) => file!))
  .filter(files => files.length > 0);
const files = parts.flat();

describe("the newcomer's walk in CONTRIBUTING.md", () => {
  it("names at most 15 files, each of which exists", () => {
    expect(files.length).toBeGreaterThan(10);
    expect(files.length).toBeLessThanOrEqual(15);
    expect(files.filter(file => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it("begins with a users file, and ends where the SQL runs", () => {
    expect(files[0]).toMatch(/^users\/.+\.yaml$/);
    expect(readFileSync(join(ROOT, files.at(-1)!), "utf8")).toMatch(/\bsession\.query\(/);
  });

  it("each file can be reached by imports from an earlier one of its part", () => {
    const graph = importGraph(["core", "reader", "constructs", "lambdas"]);
    const reached = (from: string): ReadonlySet<string> => {
      const seen = new Set([from]);
      for (const file of seen) for (const next of graph.get(file) ?? []) seen.add(next);
      return seen;
    };
    for (const part of parts) {
      const code = part.filter(file => file.endsWith(".ts"));
      const unreached = code
        .slice(1)
        .filter((file, i) => !code.slice(0, i + 1).some(before => reached(before).has(file)));
      expect(unreached).toEqual([]);
    }
  });
});
