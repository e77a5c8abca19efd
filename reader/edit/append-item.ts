import { type CST, isNode, isScalar, isSeq, type Node, type Pair, type YAMLMap } from "yaml";
import { dashesOf, insertLines, itemLines, lineAt, lineStart, nextLine } from "./places";
import { itemText, type Value, valueText } from "./value-text";

/** The spaces by which a new list is indented, relative to its key. */
const INDENT = "  ";
const REST_OF_LINE = /^[ \t]*(#[^\n]*)?\r?(\n|$)/;

/**
 * Appends an item to the list of a key, in the style of the items before it. A missing key and an empty list
 * become a block list.
 * @param map the map that has the key
 * @returns undefined if the text is written so that the item cannot be added
 */
export function appendItem(
  text: string,
  map: YAMLMap,
  key: string,
  { value, isJson }: { readonly value: Value; readonly isJson: boolean },
): string | undefined {
  const pair = pairOf(map, key);
  const isBlockMap = map.srcToken?.type === "block-map";
  if (!pair) {
    const at = isBlockMap && !isJson ? afterMap(text, map) : undefined;
    return at === undefined ? undefined : insertLines(text, at, [`${key}:`, ...itemText(value, INDENT, " ")]);
  }
  const list = pair.value;
  if (!isSeq(list)) return isBlockMap ? afterEmptyKey(text, pair, value) : undefined;
  const token = list.srcToken;
  if (token?.type === "block-seq") return appendToBlock(text, token, value);
  if (token?.type !== "flow-collection") return undefined;
  const last = list.items.at(-1);
  if (isNode(last)) return appendToFlow(text, last, valueText(value, { isFlow: true, isJson }));
  const block = isBlockMap && !isJson ? emptyToBlock(text, pair, value) : undefined;
  if (block !== undefined) return block;
  const at = token.start.offset + 1;
  return text.slice(0, at) + valueText(value, { isFlow: true, isJson }) + text.slice(at);
}

export const pairOf = (map: YAMLMap, key: string): Pair | undefined =>
  map.items.find(({ key: one }) => isScalar(one) && one.value === key);

/** The tokens of a pair: its key, its value, what is between them. */
export const tokensOf = (pair: Pair | undefined): CST.CollectionItem | undefined =>
  pair?.srcToken as CST.CollectionItem | undefined;

/** The offset of the colon after a pair's key. */
export const colonOf = (pair: Pair): number | undefined =>
  tokensOf(pair)?.sep?.find(({ type }) => type === "map-value-ind")?.offset;

/** Where a map at the top of the file ends; undefined if anything but comments follows it. */
function afterMap(text: string, map: YAMLMap): number | undefined {
  const end = map.range?.[2];
  const isLast = end !== undefined && /^([ \t]*(#[^\n]*)?(\r?\n|$))*$/.test(text.slice(end));
  return isLast ? text.length : undefined;
}

/** `grants:` without a value. */
function afterEmptyKey(text: string, pair: Pair, value: Value): string | undefined {
  const colon = colonOf(pair);
  const { value: found } = pair;
  const isEmpty = found === null || (isScalar(found) && found.value === null && !found.source);
  if (colon === undefined || !isEmpty || !REST_OF_LINE.test(text.slice(colon + 1))) return undefined;
  return insertLines(text, nextLine(text, colon), itemText(value, indentBelow(text, colon), " "));
}

/** `grants: []`, with nothing in the brackets and only a comment after them. */
function emptyToBlock(text: string, pair: Pair, value: Value): string | undefined {
  const colon = colonOf(pair);
  const range = (pair.value as Node).range;
  if (colon === undefined || !range) return undefined;
  const [from, to] = range;
  const isPlain = /^[ \t]*$/.test(text.slice(colon + 1, from)) && /^\[[ \t]*\]$/.test(text.slice(from, to));
  if (!isPlain || !REST_OF_LINE.test(text.slice(to))) return undefined;
  const without = text.slice(0, colon + 1) + text.slice(to);
  return insertLines(without, nextLine(without, colon), itemText(value, indentBelow(text, colon), " "));
}

/** The indent of a list below its key. */
const indentBelow = (text: string, colon: number): string =>
  INDENT + (/^ */.exec(lineAt(text, lineStart(text, colon)))?.[0] ?? "");

function appendToBlock(text: string, token: CST.BlockSequence, value: Value): string | undefined {
  const last = dashesOf(token).at(-1);
  const lines = itemLines(text, last);
  if (!lines || !last) return undefined;
  const indent = " ".repeat(lines.indent);
  const dash = lines.from + lines.indent;
  const gap = /^-( +)/.exec(text.slice(dash))?.[1] ?? " ";
  const isFlow = last.value?.type === "flow-collection";
  const style = { isFlow: true, isJson: false };
  const added = isFlow ? [`${indent}-${gap}${valueText(value, style)}`] : itemText(value, indent, gap);
  return insertLines(text, lines.to, added);
}

/** After the last item of a flow list: on its line, or on the next if the item has a line of its own. */
function appendToFlow(text: string, last: Node, added: string): string | undefined {
  if (!last.range) return undefined;
  const [from, to] = last.range;
  const start = lineStart(text, from);
  const indent = text.slice(start, from);
  const [rest, comma] = /^[ \t]*(,?)[ \t]*(?:#[^\n]*)?\r?\n/.exec(text.slice(to)) ?? [];
  if (indent.trim() !== "" || rest === undefined) return `${text.slice(0, to)}, ${added}${text.slice(to)}`;
  const withComma = comma ? text : `${text.slice(0, to)},${text.slice(to)}`;
  const at = to + rest.length + (comma ? 0 : 1);
  return insertLines(withComma, at, [`${indent}${added}${comma}`]);
}
