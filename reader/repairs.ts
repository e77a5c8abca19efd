import { MISTAKEN_SPACES, spaceName } from "../core/users/mistaken-spaces";
import type { SyntaxFault } from "./yaml-text";

/** A mistake that people make in YAML, and lines without it. All counts of lines and columns start at 0. */
export interface Repair {
  /** Where the mistake is; absent: where the parser stopped. */
  readonly at?: { readonly line: number; readonly column: number };
  readonly message: string;
  readonly hint: string;
  /** The lines that replace those of the text, by their index. */
  readonly lines: ReadonlyMap<number, string>;
}

type Finder = (lines: readonly string[], fault: SyntaxFault) => readonly Repair[];

const one = (line: number, column: number, text: string, what: readonly [string, string]): Repair => ({
  at: { line, column },
  message: what[0],
  hint: what[1],
  lines: new Map([[line, text]]),
});

/** Lines on which a cause of the fault may be: its own, and those around it. */
const near = (lines: readonly string[], { at }: SyntaxFault): number[] =>
  [at.line - 1, at.line - 2, at.line].filter(index => lines[index] !== undefined);

/** What may have been meant, likeliest first. Whether it was, a parser tells: the text must get better. */
export const repairsOf: Finder = (lines, fault) =>
  FINDERS.flatMap(find => find(lines, fault)).filter(({ lines: repaired }) =>
    [...repaired].some(([index, text]) => text !== lines[index]),
  );

const unclosed: Finder = (lines, { at, unclosed: opening }) => {
  if (!opening) return [];
  const [index, column] = [at.line - 1, at.column - 1];
  const line = lines[index]!;
  if (opening === "[" || opening === "{") {
    const end = opening === "[" ? "]" : "}";
    const what = [`the \`${opening}\` here has no \`${end}\``, `write the \`${end}\``] as const;
    return [one(index, column, `${line.trimEnd()}${end}`, what)];
  }
  const message = "the quote that opens here has no end";
  const hint = `write the same quote (${opening}) at the end of the text`;
  const tail = /[\s\]},]*$/.exec(line)!.index;
  return [
    one(index, column, `${line.slice(0, tail)}${opening}${line.slice(tail)}`, [message, hint]),
    one(index, column, `${line}${opening}`, [message, hint]),
  ];
};

const KEY_OR_ITEM = `(?:- |-$|["']?[\\w.-]+["']?:)`;
const INDENTED = new RegExp(`^[ \\t]*[${MISTAKEN_SPACES}][ ${MISTAKEN_SPACES}]*${KEY_OR_ITEM}`);
const BETWEEN = new RegExp(`^[ \\t]*(- )*-?[${MISTAKEN_SPACES}]|:[${MISTAKEN_SPACES}]`);

/** Keys and items that are indented by characters which look like a space; YAML may take them for names. */
export const mistakenIndentation = (lines: readonly string[]): readonly Repair[] => spacesIn(lines, INDENTED);

const spaces: Finder = lines => spacesIn(lines, BETWEEN);

/** Characters that look like a space, where YAML wants one: all such lines are one mistake. */
function spacesIn(lines: readonly string[], layout: RegExp): readonly Repair[] {
  const wrong = lines.flatMap((line, index) => (layout.test(line) ? [index] : []));
  const [first] = wrong;
  if (first === undefined) return [];
  const any = new RegExp(`[${MISTAKEN_SPACES}]`, "g");
  const column = lines[first]!.search(any);
  const replaced = wrong.map(index => [index, lines[index]!.replace(any, " ")] as const);
  const message = `holds ${spaceName(lines[first]![column]!)} where YAML wants a plain space${others(wrong)}`;
  const hint = "type it as a plain space";
  return [{ at: { line: first, column }, message, hint, lines: new Map(replaced) }];
}

const tabs: Finder = (lines, { code }) => {
  const wrong = lines.flatMap((line, index) => (/^ *\t\s*\S/.test(line) ? [index] : []));
  const [first] = wrong;
  if (code !== "TAB_AS_INDENT" || first === undefined) return [];
  const repaired = (width: number) =>
    wrong.map(index => {
      const text = lines[index]!.replace(/^\s+/, white => white.replaceAll("\t", " ".repeat(width)));
      return [index, text] as const;
    });
  return [2, 4, 1, 8].map(width => ({
    at: { line: first, column: lines[first]!.indexOf("\t") },
    message: `a tab cannot indent in YAML${others(wrong)}`,
    hint: "use spaces",
    lines: new Map(repaired(width)),
  }));
};

const others = ({ length }: readonly number[]): string =>
  length > 1 ? ` (${length} lines of this file have one)` : "";

const colon: Finder = (lines, fault) =>
  near(lines, fault).flatMap(index => {
    const [, before, after] = /^(\s*(?:- +)*["']?[\w.-]+["']?:)(\S.*)$/.exec(lines[index]!) ?? [];
    if (before === undefined) return [];
    const what = ["a space is missing after the `:`", "write `key: value`"] as const;
    return [one(index, before.length, `${before} ${after}`, what)];
  });

const dash: Finder = (lines, fault) =>
  near(lines, fault).flatMap(index => {
    const [, indent, text] = /^( *)-([^\s-].*)$/.exec(lines[index]!) ?? [];
    if (indent === undefined) return [];
    const what = ["a space is missing after the `-`", "write `- ` before each item"] as const;
    const inserted = one(index, indent.length + 1, `${indent}- ${text}`, what);
    // The keys below it were aligned with the text after the dash.
    const shifted = new Map(inserted.lines);
    for (let next = index + 1; /^ *\S/.test(lines[next] ?? ""); next++) {
      if (!lines[next]!.startsWith(`${indent} `)) break;
      shifted.set(next, ` ${lines[next]}`);
    }
    return [{ ...inserted, lines: shifted }, inserted];
  });

const CURLY_DOUBLE = /[\u201c-\u201f\u00ab\u00bb]/g;
const CURLY_SINGLE = /[\u2018-\u201b]/g;

const curly: Finder = (lines, fault) =>
  near(lines, fault).flatMap(index => {
    const line = lines[index]!;
    const column = line.search(/(?<=(?:^|[:,[{-])\s*)[\u2018-\u201f\u00ab\u00bb]/);
    if (column < 0) return [];
    const straight = line.replace(CURLY_DOUBLE, '"').replace(CURLY_SINGLE, "'");
    return [one(index, column, straight, CURLY_FAULT)];
  });

/** What is wrong with a curly quote around a text, and what to do. */
export const CURLY_FAULT = ["a curly quote is no quote in YAML", "type a straight one, or none"] as const;

/** The same line with the indentation of its neighbours. */
const indentation: Finder = (lines, fault) => {
  if (fault.code !== "BAD_INDENT" && fault.code !== "MISSING_CHAR") return [];
  return near(lines, fault).flatMap(index => {
    const text = lines[index]!.trimStart();
    const indent = lines[index]!.length - text.length;
    const wanted = [lines[index - 1], lines[index + 1]].flatMap(line =>
      line?.trim() ? [/^ *(?:- +)*/.exec(line)![0].length, /^ */.exec(line)![0].length] : [],
    );
    return [...new Set(wanted)]
      .filter(width => width !== indent)
      .map(width =>
        one(index, 0, " ".repeat(width) + text, [
          `is indented by ${indent} ${indent === 1 ? "space" : "spaces"}, which matches no line before it`,
          `should it be ${width}?`,
        ]),
      );
  });
};

/** Characters that YAML keeps for itself, at the beginning of a text. */
const reserved: Finder = (lines, { code, at }) => {
  const [index, column] = [at.line - 1, at.column - 1];
  const line = lines[index] ?? "";
  const character = line.charAt(column);
  if ((code !== "BAD_ALIAS" && code !== "BAD_SCALAR_START") || character === "") return [];
  const text = `${line.slice(0, column)}x${line.slice(column + 1)}`;
  const what =
    character === "*" || character === "%"
      ? ([`\`${character}\` is no wildcard: names are literal`, "list each name"] as const)
      : ([`a text cannot begin with "${character}" in YAML`, "put it in quotes"] as const);
  return [one(index, column, text, what)];
};

const FINDERS: readonly Finder[] = [unclosed, spaces, tabs, curly, colon, dash, reserved, indentation];
