import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./project";

/** The numbers of what MySQL does to those who manage its grants (docs/development.md). */
const CASES = [...Array.from({ length: 34 }, (_, index) => String(index + 1)), "31a", "31b"];
const FOLDER = "test/mysql/edge-cases";

/** The numbers at the beginning of a test's title: `24, 31a: one of a nearer host ...`. */
const numbersOf = (text: string): string[] =>
  [...text.matchAll(/\(\s*"(\d+[ab]?(?:, \d+[ab]?)*): /g)].flatMap(([, found]) => found!.split(", "));

describe("edge cases", () => {
  const texts = readdirSync(join(ROOT, FOLDER)).map(file => readFileSync(join(ROOT, FOLDER, file), "utf8"));

  it("each has a test that begins with its number, on a real server", () => {
    const tested = new Set(texts.flatMap(numbersOf));
    expect(CASES.filter(number => !tested.has(number))).toEqual([]);
    expect([...tested].filter(number => !CASES.includes(number))).toEqual([]);
  });

  it("all of them run on both lines of MySQL", () => {
    const { projects } = require(join(ROOT, "jest.config.js")) as {
      projects: { displayName: string; testMatch: string[]; testPathIgnorePatterns?: string[] }[];
    };
    const of = (name: string) => projects.find(({ displayName }) => displayName === name)!;
    expect(of("mysql-8.0").testMatch).toContain(`<rootDir>/${FOLDER}/*.test.ts`);
    expect(of("mysql").testMatch).toEqual(["<rootDir>/test/mysql/**/*.test.ts"]);
    expect(of("mysql").testPathIgnorePatterns!.filter(path => path.includes("edge-cases"))).toEqual([]);
  });

  it("a title without its number is found", () => {
    expect(numbersOf('it("24, 31a: x", ...); it.each([["it", 1]])(\n "3: y"); it("of 5: z")')).toEqual([
      "24",
      "31a",
      "3",
    ]);
  });
});
