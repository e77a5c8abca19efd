import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Finding,
  noMessageFromMessage,
  noPrivateKeyword,
  noSearchInProse,
  noSpreadIdioms,
  parsed,
} from "./code-rules";
import { EXCEPTIONS } from "./exceptions";
import { sourcesOf } from "./imports";
import { projectFiles, ROOT } from "./project";
import { avoidedWords, longLines } from "./text-rules";

const PRODUCT = ["core", "reader", "constructs", "lambdas", "cli", "main.ts", "local"];
/** Files that others make (lock file, schemas, API reference), and these rules themselves. */
const NOT_OURS =
  /^(package-lock\.json|schemas\/|docs\/(api\/|cli\.md)|test\/package\/(text-rules|style\.test|exceptions)\.ts)/;

const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");
const texts = projectFiles().filter(
  file => /\.(ts|mjs|js|sh|cc|md|ya?ml)$/.test(file) && !NOT_OURS.test(file),
);
const filesOf = (findings: readonly Finding[]) => [...new Set(findings.map(({ file }) => file))].sort();
/** The writing style and the list of renamed log events quote words that they advise against. */
const QUOTES_WORDS = ["CHANGELOG.md", "CONTRIBUTING.md"];
const linesOf = (findings: readonly Finding[]) => findings.map(({ line }) => line);

describe("errors as data", () => {
  const sources = PRODUCT.flatMap(sourcesOf).map(file => parsed(file, textOf(file)));

  it("no catch block makes its message from that of the error it caught, and none changes a message", () => {
    expect(filesOf(sources.flatMap(noMessageFromMessage))).toEqual(EXCEPTIONS.messageFromMessage);
  });

  it("finds a message that is made from a caught one, however it is written", () => {
    const planted = [
      "try { a(); } catch (error) { throw new E(`a failed: ${(error as Error).message}`); }",
      'try { a(); } catch (error) { throw new E("a failed: " + errorText(error)); }',
      "try { a(); } catch (e) { const { message } = e as Error; throw new E(message.split('\\n')[0]); }",
      "a().catch(error => { throw new E(error.message ?? 'unknown'); });",
      "error.message = text;",
      // These are fine: the text is a field, the cause is kept, nothing was caught.
      "try { a(); } catch (error) { throw new E({ driver: errorText(error) }, { cause: error }); }",
      "const line = `${problem.path}: ${problem.message}`;",
    ];
    expect(linesOf(noMessageFromMessage(parsed("planted.ts", planted.join("\n"))))).toEqual([1, 2, 3, 4, 5]);
  });

  it("no pattern is matched against a message", () => {
    expect(filesOf(sources.flatMap(noSearchInProse))).toEqual(EXCEPTIONS.searchInProse);
  });

  it("finds a pattern that looks at a message", () => {
    const planted = [
      "if (/ ran[ .,]/.test((error as Error).message)) a();",
      'if (error.message.includes("ran")) a();',
      "{ const { message } = error; message.match(/ran/); }",
      'if (error.code.startsWith("ER_")) a();',
    ];
    expect(linesOf(noSearchInProse(parsed("planted.ts", planted.join("\n"))))).toEqual([1, 2, 3]);
  });
});

describe("one way to write a thing", () => {
  const sources = PRODUCT.flatMap(sourcesOf).map(file => parsed(file, textOf(file)));

  it.each([
    ["no object is spread for its layout, or empty on a condition", noSpreadIdioms, EXCEPTIONS.spreadIdioms],
    ["private members have a `#`", noPrivateKeyword, EXCEPTIONS.privateKeyword],
  ])("%s", (_, rule, excepted) => {
    expect(filesOf(sources.flatMap(rule))).toEqual(excepted);
  });

  it("finds both spreads, and the keyword", () => {
    const planted = [
      "const a = { ...{ b, c } };",
      "const d = { ...(x === undefined ? {} : { x }) };",
      "const e = { ...(x ? { x } : {}) };",
      "const f = { ...defined({ x }), ...given, list: [...(x ? [x] : [])] };",
      "class G { constructor(private readonly h: number) {} }",
      "class I { private constructor() {} }",
    ];
    const source = parsed("planted.ts", planted.join("\n"));
    expect(linesOf(noSpreadIdioms(source))).toEqual([1, 2, 3]);
    expect(linesOf(noPrivateKeyword(source))).toEqual([5]);
  });
});

describe("text", () => {
  it("lines have at most 110 columns, comments and prose included", () => {
    expect(filesOf(texts.flatMap(file => longLines(file, textOf(file))))).toEqual(EXCEPTIONS.longLines);
  });

  it("finds a long comment, code without a string, and prose; not tables, blocks and addresses", () => {
    const long = "word ".repeat(25);
    const code = [`// ${long}`, `const a = "${long}";`, `const b = [${"1, ".repeat(40)}];`];
    expect(linesOf(longLines("planted.ts", code.join("\n")))).toEqual([1, 3]);
    expect(linesOf(longLines("planted.sh", [`# ${long}`, `echo ${long}`].join("\n")))).toEqual([1]);
    const address = `https://example.com/${"a".repeat(50)}`;
    const prose = [long, `| ${long} |`, `${long}${address}`, "```", long, "```", `- ${long}`];
    expect(linesOf(longLines("planted.md", prose.join("\n")))).toEqual([1, 7]);
  });

  it("no word of the list is in code, comments or documents", () => {
    const checked = texts.filter(file => !QUOTES_WORDS.includes(file));
    expect(filesOf(checked.flatMap(file => avoidedWords(file, textOf(file))))).toEqual(
      EXCEPTIONS.avoidedWords,
    );
  });

  it("finds a word of the list, and not one that it is a part of", () => {
    const planted = ["Whoever reads it", "It stands\nthere", "besides, it understands amendments", "mended"];
    expect(linesOf(avoidedWords("planted.md", planted.join("\n")))).toEqual([1, 2, 5]);
  });
});
