import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fewParameters, parsed, shortFunctions } from "./code-rules";
import { importCircles, importGraph } from "./import-graph";
import { sourcesOf } from "./imports";
import { importsUpwards, LAYERS } from "./layers";
import { ROOT } from "./project";

const ROOMS = ["core", "reader", "constructs", "lambdas", "cli", "main.ts", "local"];
const MAX_FILE_LINES = 250;
const MAX_FOLDER_FILES = 20;
/** These folders hold one kind of file each, under names that say their order. */
const LARGE_FOLDERS = ["core/users", "core/mysql"];

const files = ROOMS.flatMap(sourcesOf);
const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");

describe("the arrows between the folders of a room", () => {
  it.each(Object.entries(LAYERS))("%s: no file imports from a folder above its own", (room, layers) => {
    const upwards = importsUpwards(importGraph([room]), layers);
    expect(upwards).toEqual([]);
  });

  it("the catalogue of what each engine has imports nothing", () => {
    expect([...importGraph(["core/catalogue"]).entries()]).toEqual([]);
  });

  it("finds an arrow that goes up, and a folder that nobody placed", () => {
    const graph = new Map([
      ["core/roster/a.ts", ["core/mysql/b.ts", "core/json.ts"]],
      ["core/mysql/b.ts", ["core/roster/a.ts"]],
      ["shelf/c.ts", []],
    ]);
    expect(importsUpwards(graph, LAYERS["core"]!)).toEqual([
      "core/roster/a.ts imports core/mysql/b.ts",
      "shelf/c.ts is in no folder of LAYERS",
    ]);
  });
});

describe("import circles", () => {
  it("there is none, imports of types included", () => {
    const circles = importCircles(importGraph(ROOMS)).map(circle => circle.join(" "));
    expect(circles).toEqual([]);
  });

  it("finds a circle of two, one through others, and a file that imports itself", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["a", "c"]],
      ["c", ["d"]],
      ["d", ["e"]],
      ["e", ["c", "g"]],
      ["f", ["f"]],
      ["g", []],
    ]);
    expect(importCircles(graph)).toEqual([["c", "d", "e"], ["a", "b"], ["f"]]);
  });
});

describe("sizes", () => {
  it("files have at most 250 lines", () => {
    const long = files.filter(file => textOf(file).split("\n").length > MAX_FILE_LINES + 1);
    expect(long).toEqual([]);
  });

  it("folders have at most 20 files", () => {
    const counts = new Map<string, number>();
    for (const folder of files.map(dirname)) counts.set(folder, (counts.get(folder) ?? 0) + 1);
    const full = [...counts].filter(
      ([folder, count]) => count > MAX_FOLDER_FILES && !LARGE_FOLDERS.includes(folder),
    );
    expect(full).toEqual([]);
  });

  it.each([
    ["functions have at most 60 lines", shortFunctions],
    ["functions have at most four parameters", fewParameters],
  ])("%s", (_, rule) => {
    expect(files.flatMap(file => rule(parsed(file, textOf(file))))).toEqual([]);
  });

  it("finds a long function and one with many parameters, constructors and arrows included", () => {
    const body = "a();\n".repeat(60);
    const source = parsed(
      "planted.ts",
      `class C { constructor(a: 1, b: 2, c: 3, d: 4, e: 5) {} }\nconst f = () => {\n${body}};\nfunction g(a: 1, b: 2, c: 3, d: 4) {}\n`,
    );
    expect(fewParameters(source)).toEqual([
      { file: "planted.ts", line: 1, what: "a function with 5 parameters" },
    ]);
    expect(shortFunctions(source)).toEqual([{ file: "planted.ts", line: 2, what: "a function of 62 lines" }]);
  });
});
