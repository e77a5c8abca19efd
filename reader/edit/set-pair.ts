import { type CST, isNode, isScalar, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { colonOf, pairOf, tokensOf } from "./append-item";
import { endOf, insertLines, lineAfter, lineStart } from "./places";
import { removeFlowItem } from "./remove-items";
import { doubleQuoted, type Style, singleQuoted, type Value, valueText } from "./value-text";

/**
 * Gives a key of a map a value, in the quotes that its value has. A new key comes after the key `after`, or
 * after the last one.
 * @returns undefined if the text is written so that this cannot be done
 */
export function setPair(
  text: string,
  map: YAMLMap,
  key: string,
  {
    value,
    isJson,
    after,
  }: { readonly value: Value; readonly isJson: boolean; readonly after?: string | undefined },
): string | undefined {
  const style = { isFlow: map.srcToken?.type === "flow-collection", isJson };
  const pair = pairOf(map, key);
  if (pair) return replaceValue(text, pair, value, style);
  const previous = (after === undefined ? undefined : pairOf(map, after)) ?? map.items.at(-1);
  if (!previous) return undefined;
  const added = `${isJson ? doubleQuoted(key) : key}: ${valueText(value, style)}`;
  return style.isFlow ? insertInFlow(text, previous, added) : insertInBlock(text, previous, added);
}

function replaceValue(text: string, pair: Pair, value: Value, style: Style): string | undefined {
  const node = pair.value;
  const colon = colonOf(pair);
  if (node === null || (isScalar(node) && node.value === null && !node.source))
    return colon === undefined
      ? undefined
      : `${text.slice(0, colon + 1)} ${valueText(value, style)}${text.slice(colon + 1)}`;
  if (!isScalar(node) || node.tag || !node.range) return undefined;
  const token = node.srcToken as CST.Token | undefined;
  if (token?.type === "block-scalar") return replaceBlockScalar(text, token, valueText(value, style));
  const [from, to] = node.range;
  return text.slice(0, from) + inQuotesOf(node, value, style) + text.slice(to);
}

function inQuotesOf({ type }: Scalar, value: Value, style: Style): string {
  if (typeof value === "string" && type === "QUOTE_DOUBLE") return doubleQuoted(value);
  if (typeof value === "string" && type === "QUOTE_SINGLE") return singleQuoted(value);
  return valueText(value, style);
}

/** A text of several lines becomes one of one line. Its header may hold a comment, which must not be lost. */
function replaceBlockScalar(text: string, token: CST.BlockScalar, added: string): string | undefined {
  const { props } = token;
  const header = props.find(({ type }) => type === "block-scalar-header");
  const end = endOf(token);
  if (!header || end === undefined || props.some(({ type }) => type === "comment")) return undefined;
  const from = header.offset;
  const ended = /\r?\n$/.exec(text.slice(from, end))?.[0] ?? "";
  return text.slice(0, from) + added + ended + text.slice(end);
}

/** Where the value of a pair ends; where its colon does, if it has none. */
function endOfPair(pair: Pair): number | undefined {
  const tokens = tokensOf(pair);
  const colon = colonOf(pair);
  const value = tokens?.value && endOf(tokens.value);
  return value || (colon === undefined ? undefined : colon + 1);
}

const startOfPair = (pair: Pair): number | undefined => (isNode(pair.key) ? pair.key.range?.[0] : undefined);

function insertInBlock(text: string, previous: Pair, added: string): string | undefined {
  const [start, end] = [startOfPair(previous), endOfPair(previous)];
  if (start === undefined || end === undefined) return undefined;
  const indent = start - lineStart(text, start);
  return insertLines(text, lineAfter(text, end, indent), [" ".repeat(indent) + added]);
}

function insertInFlow(text: string, previous: Pair, added: string): string | undefined {
  const end = endOfPair(previous);
  return end === undefined ? undefined : `${text.slice(0, end)}, ${added}${text.slice(end)}`;
}

/**
 * Removes a key and its value from a map, with a comment on its line.
 * @returns undefined if the text is written so that this cannot be done
 */
export function removePair(text: string, map: YAMLMap, key: string): string | undefined {
  const pair = pairOf(map, key);
  const [from, to] = pair ? [startOfPair(pair), endOfPair(pair)] : [];
  if (!pair || from === undefined || to === undefined) return undefined;
  if (map.srcToken?.type === "flow-collection") return removeFlowItem(text, { from, to });
  const start = lineStart(text, from);
  const after = lineAfter(text, to, from - start);
  if (text.slice(start, from).trim() === "") return text.slice(0, start) + text.slice(after);
  // It is on the line of the item's dash: the next key takes its place.
  const next = map.items[map.items.indexOf(pair as (typeof map.items)[number]) + 1];
  const nextStart = next && (next.key as Node).range?.[0];
  if (nextStart === undefined || text.slice(to, nextStart).trim() !== "") return undefined;
  return text.slice(0, from) + text.slice(nextStart);
}
