import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cliReference } from "../../scripts/reference";
import { complaint, installed, ROOT, run } from "./project";

const MINUTE = 60_000;

describe("the generated reference", () => {
  it("docs/cli.md is what `--help` prints today", () => {
    const { file, text } = cliReference();
    expect(readFileSync(join(ROOT, file), "utf8")).toBe(text);
  });

  it(
    "docs/api and docs/cli.md are those of today",
    () => {
      expect(complaint(run(installed("tsx"), ["scripts/generate-reference.ts", "--check"]))).toBe("");
    },
    5 * MINUTE,
  );
});
