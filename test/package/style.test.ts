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
import { sourcesOf } from "./imports";
import { projectFiles, ROOT } from "./project";
import { avoidedWords, longLines, withoutStrings } from "./text-rules";

const PRODUCT = ["core", "reader", "constructs", "lambdas", "cli", "main.ts", "local"];
const ALL_CODE = [...PRODUCT, "test", "bench", "scripts", "examples"];
/** Files that others make (lock file, schemas, API reference, golden files), and these rules themselves. */
const NOT_OURS = new RegExp(
  "^(package-lock\\.json|schemas/|docs/(api/|cli\\.md)|test/fixtures/(plans|schemas|summaries)/|" +
    "test/package/(text-rules|style\\.test)\\.ts)",
);

const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");
const texts = projectFiles().filter(
  file => /\.(ts|mjs|js|sh|cc|md|ya?ml)$/.test(file) && !NOT_OURS.test(file),
);
/** Files that keep a word or a line that the rules find, each with the reason. */
const KEPT: Readonly<Record<string, string>> = {
  "CHANGELOG.md": "quotes former log events",
  "CONTRIBUTING.md": "lists the words",
};
/** Files that may make a message from that of a caught error, each with the reason. */
const QUOTING: Readonly<Record<string, string>> = {
  "lambdas/reconciler/sources/source-verdict.ts":
    "a refused document has one text for people, and only Parameter Store says why it could not be read",
};
/** Files whose string literals alone keep such a word. */
const KEPT_STRINGS: Readonly<Record<string, string>> = {
  "constructs/operations/alarm-definitions.ts":
    "descriptions of alarms are attributes of Terraform resources",
};
const checked = texts.filter(file => !Object.hasOwn(KEPT, file));
/** A file's text, as far as no reason excuses its words. */
const ownText = (file: string) =>
  Object.hasOwn(KEPT_STRINGS, file) ? withoutStrings(file, textOf(file)) : textOf(file);
const linesOf = (findings: readonly Finding[]) => findings.map(({ line }) => line);

describe("errors as data", () => {
  const sources = PRODUCT.flatMap(sourcesOf).map(file => parsed(file, textOf(file)));

  it("no catch block makes its message from that of the error it caught, and none changes a message", () => {
    const found = sources.flatMap(noMessageFromMessage).filter(({ file }) => !Object.hasOwn(QUOTING, file));
    expect(found).toEqual([]);
  });

  it("every file that may make a message from a caught one still does", () => {
    const found = Object.keys(QUOTING).filter(
      file => noMessageFromMessage(parsed(file, textOf(file))).length === 0,
    );
    expect(found).toEqual([]);
  });

  it("finds a message that is made from a caught one, however it is written", () => {
    const planted = [
      "try { a(); } catch (error) { throw new E(`a failed: ${(error as Error).message}`); }",
      'try { a(); } catch (error) { throw new E("a failed: " + errorText(error)); }',
      "try { a(); } catch (e) { const { message } = e as Error; throw new E(message.split('\\n')[0]); }",
      "a().catch(error => { throw new E(error.message ?? 'unknown'); });",
      "error.message = text;",
      "const f = (e: Error) => new E(`a failed: ${String(e.message)}`); try { a(); } catch (error) { throw f(error); }",
      "function g(e: Error) { const { message } = e; throw new E(`${message}`); } a().catch(g);",
      // These are fine: the text is a field, the cause is kept, nothing was caught.
      "try { a(); } catch (error) { throw new E({ driver: errorText(error) }, { cause: error }); }",
      "const line = `${problem.path}: ${problem.message}`;",
    ];
    expect(linesOf(noMessageFromMessage(parsed("planted.ts", planted.join("\n"))))).toEqual([
      1, 2, 3, 4, 5, 6, 7,
    ]);
  });

  it("no pattern is matched against a message", () => {
    expect(sources.flatMap(noSearchInProse)).toEqual([]);
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
  const sources = ALL_CODE.flatMap(sourcesOf).map(file => parsed(file, textOf(file)));

  it.each([
    ["no object is spread for its layout, or empty on a condition", noSpreadIdioms],
    ["private members have a `#`", noPrivateKeyword],
  ])("%s", (_, rule) => {
    expect(sources.flatMap(rule)).toEqual([]);
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
    expect(checked.flatMap(file => longLines(file, textOf(file)))).toEqual([]);
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
    expect(checked.flatMap(file => avoidedWords(file, ownText(file)))).toEqual([]);
  });

  it("every file that keeps such a word or line still has one", () => {
    const kept = [...Object.keys(KEPT), ...Object.keys(KEPT_STRINGS)].sort();
    const found = kept.flatMap(file => [
      ...longLines(file, textOf(file)),
      ...avoidedWords(file, textOf(file)),
    ]);
    expect([...new Set(found.map(({ file }) => file))].sort()).toEqual(kept);
  });

  it("finds a word of the list, and not one that it is a part of", () => {
    const planted = ["Whoever reads it", "It stands\nthere", "besides, it understands amendments", "mended"];
    expect(linesOf(avoidedWords("planted.md", planted.join("\n")))).toEqual([1, 2, 5]);
  });

  it("finds a word of the list in an identifier, and not in letters that only look like one", () => {
    const planted = [
      "markTold(a);",
      "const toldAt = 1;",
      "TOLD_AT",
      "const isMended = 1;",
      "const retolds = 1;",
    ];
    expect(linesOf(avoidedWords("planted.ts", planted.join("\n")))).toEqual([1, 2, 3, 4]);
  });

  it("finds a word beside string literals whose words are kept, on its own line", () => {
    const planted = [
      'const a = "mend it"; // told',
      "// whoever",
      "f('mended', \"stands\", told);",
      '"mend"',
    ];
    const text = withoutStrings("planted.ts", planted.join("\n"));
    expect(linesOf(avoidedWords("planted.ts", text))).toEqual([1, 2, 3]);
  });
});
