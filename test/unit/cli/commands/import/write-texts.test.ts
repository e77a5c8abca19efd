import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTexts } from "../../../../../cli/commands/import/write-texts";

describe("the files of an import", () => {
  let work: string;
  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), "import-"));
  });
  afterEach(() => rmSync(work, { recursive: true, force: true }));

  it("are written in order, and none is left after an error", () => {
    const folder = join(work, "users");
    const broken = new Map([
      ["a.yaml", "a"],
      ["none/b.yaml", "b"],
    ]);
    expect(() => writeTexts(folder, broken)).toThrow("ENOENT");
    expect(existsSync(folder)).toBe(false);
    expect(writeTexts(folder, new Map([["a.yaml", "a"]]))).toEqual(["a.yaml"]);
    expect(() => writeTexts(folder, new Map([["c.yaml", "c"], ...broken]))).toThrow("EEXIST");
    expect(readdirSync(folder)).toEqual(["a.yaml"]);
  });

  it("never replace one that somebody made at this moment", () => {
    writeFileSync(join(work, "b.yaml"), "theirs");
    const texts = new Map([
      ["a.yaml", "a"],
      ["b.yaml", "b"],
    ]);
    expect(() => writeTexts(work, texts)).toThrow("EEXIST");
    expect(readdirSync(work)).toEqual(["b.yaml"]);
    expect(readFileSync(join(work, "b.yaml"), "utf8")).toBe("theirs");
  });
});
