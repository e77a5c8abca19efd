import ts from "typescript";
import { type Finding, parsed } from "./code-rules";

const MAX_COLUMNS = 110;
/**
 * A word that is longer than this (an address, a link) excuses its line: the line cannot be broken where it
 * should.
 */
const LONG_WORD = 50;

/** Words that have an ordinary one: see the writing style in CONTRIBUTING.md. */
const AVOIDED =
  /\b(stands|told|whoever|anew|mend(?:s|ed|ing)?|takings|beside|whom|nobody's|what is left|in vain)\b/i;

/** Lines of at most 110 columns. Code may be longer only where it holds a string, a template or a pattern. */
export function longLines(file: string, text: string): Finding[] {
  const excused = file.endsWith(".md")
    ? excusedMarkdown(text)
    : file.endsWith(".ts")
      ? linesWithText(file, text)
      : linesWithCode(text);
  return findLines(file, text, (line, number) =>
    line.length > MAX_COLUMNS && !excused.has(number) ? `a line of ${line.length} columns` : undefined,
  );
}

/** Words of the list of avoided ones, in code, comments and prose alike; also as parts of identifiers. */
export const avoidedWords = (file: string, text: string): Finding[] =>
  findLines(file, text, line => {
    const [word] = AVOIDED.exec(line.replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ")) ?? [];
    return word === undefined ? undefined : `says "${word}"`;
  });

/** TypeScript code with its string literals empty; every other character keeps its line. */
export function withoutStrings(file: string, text: string): string {
  const literals: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) literals.push(node);
    ts.forEachChild(node, visit);
  };
  visit(parsed(file, text));
  return literals.reduceRight(
    (rest, literal) => `${rest.slice(0, literal.getStart())}""${rest.slice(literal.end)}`,
    text,
  );
}

function findLines(
  file: string,
  text: string,
  find: (line: string, number: number) => string | undefined,
): Finding[] {
  return text.split("\n").flatMap((line, index) => {
    const what = find(line, index + 1);
    return what === undefined ? [] : [{ file, line: index + 1, what }];
  });
}

/** Code blocks, tables, and lines that hold one long word. */
function excusedMarkdown(text: string): Set<number> {
  const excused = new Set<number>();
  let isBlock = false;
  for (const [index, line] of text.split("\n").entries()) {
    const isFence = /^\s*(```|~~~)/.test(line);
    if (isFence) isBlock = !isBlock;
    const hasLongWord = line.split(/\s+/).some(word => word.length > LONG_WORD);
    if (isBlock || isFence || /^\s*\|/.test(line) || hasLongWord) excused.add(index + 1);
  }
  return excused;
}

/** The lines that strings, templates and patterns are on. */
function linesWithText(file: string, text: string): Set<number> {
  const source = parsed(file, text);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (
      ts.isStringLiteralLike(node) ||
      ts.isRegularExpressionLiteral(node) ||
      ts.isTemplateExpression(node)
    ) {
      const [first, last] = [node.getStart(), node.end].map(
        at => source.getLineAndCharacterOfPosition(at).line + 1,
      );
      for (let line = first!; line <= last!; line++) lines.add(line);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lines;
}

/** In other languages only lines that are comments are held to the limit. */
function linesWithCode(text: string): Set<number> {
  const lines = text.split("\n").map((line, index) => [line, index + 1] as const);
  return new Set(lines.filter(([line]) => !/^\s*(\/\/|\/?\*|#)/.test(line)).map(([, number]) => number));
}
