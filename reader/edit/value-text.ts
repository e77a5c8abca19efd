import { parse, stringify } from "yaml";

/** A value of a users file. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };

/** How values are written: in a flow collection or not, with JSON's quotes or only those that YAML needs. */
export interface Style {
  readonly isFlow: boolean;
  readonly isJson: boolean;
}

/** A value on one line. YAML reads it back as the same value, whatever it looks like. */
export function valueText(value: Value, style: Style): string {
  const inner = { ...style, isFlow: true };
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value === "string") return scalarText(value, style);
  if (isList(value)) return `[${value.map(item => valueText(item, inner)).join(", ")}]`;
  const pairs = Object.entries(value).map(
    ([key, member]) => `${scalarText(key, inner)}: ${valueText(member, inner)}`,
  );
  const pad = style.isJson || pairs.length === 0 ? "" : " ";
  return `{${pad}${pairs.join(", ")}${pad}}`;
}

/** A date or a timestamp, which users files write without quotes. */
const TIME = /^\d{4}-\d{2}-\d{2}(T[\d:]+(Z|[+-]\d{2}:\d{2})?)?$/;

/** A text as a scalar on one line. */
function scalarText(text: string, { isFlow, isJson }: Style): string {
  if (isJson) return doubleQuoted(text);
  const plain = TIME.test(text) ? text : stringify(text, { lineWidth: 0, compat: "yaml-1.1" }).trimEnd();
  return !plain.includes("\n") && readBack(isFlow ? `[${plain}]` : `- ${plain}`) === text
    ? plain
    : doubleQuoted(text);
}

function readBack(list: string): unknown {
  try {
    const [value, ...more] = parse(list, { version: "1.2", schema: "core", logLevel: "silent" }) as unknown[];
    return more.length === 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

/** JSON's quotes, which YAML has too; characters that nobody sees are escapes. */
export const doubleQuoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff]/g,
    found => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A text in single quotes, or in double quotes if it holds what single quotes cannot. */
export const singleQuoted = (text: string): string =>
  /^[ -~]*$/.test(text) ? `'${text.replaceAll("'", "''")}'` : doubleQuoted(text);

/**
 * A value as the lines of an item of a block list: a map has one line a key.
 * @param gap the spaces between the dash and the value
 */
export function itemText(value: Value, indent: string, gap: string): string[] {
  const style = { isFlow: false, isJson: false };
  if (typeof value !== "object" || isList(value)) return [`${indent}-${gap}${valueText(value, style)}`];
  return Object.entries(value).map(([key, member], index) => {
    const start = index === 0 ? `-${gap}` : ` ${" ".repeat(gap.length)}`;
    return `${indent}${start}${scalarText(key, style)}: ${valueText(member, style)}`;
  });
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
