import { type CST, isNode, type YAMLSeq } from "yaml";
import { dashesOf, itemLines, lineAt, lineStart, nextLine, type Part } from "./places";

/**
 * Removes items of a list from a text, and changes nothing else. In a block list it removes whole lines, with
 * the comments inside the item; comments above the item, indented like its dash, stay. In a flow list it
 * removes the comma too.
 * @param sep the tokens between the list's key and the list: an empty list is written there as `[]`
 * @returns undefined if the items cannot be separated from the text around them
 */
export function removeItems(
  text: string,
  list: YAMLSeq,
  indexes: ReadonlySet<number>,
  sep: readonly CST.SourceToken[],
): string | undefined {
  const token = list.srcToken;
  if (token?.type === "flow-collection") {
    const ranges = list.items.map(item => (isNode(item) ? item.range : undefined));
    return [...indexes]
      .sort((a, b) => b - a)
      .reduce<string | undefined>((left, index) => {
        const range = ranges[index];
        return left === undefined || !range
          ? undefined
          : removeFlowItem(left, { from: range[0], to: range[1] });
      }, text);
  }
  if (token?.type !== "block-seq") return undefined;
  const dashes = dashesOf(token);
  let left = text;
  for (const index of [...indexes].sort((a, b) => b - a)) {
    const part = blockItem(left, dashes[index]);
    if (!part) return undefined;
    left = left.slice(0, part.from) + left.slice(part.to);
  }
  if (indexes.size < list.items.length) return left;
  const colon = sep.find(({ type }) => type === "map-value-ind");
  return colon && `${left.slice(0, colon.offset + 1)} []${left.slice(colon.offset + 1)}`;
}

/** The lines of an item of a block list. */
function blockItem(text: string, item: CST.BlockSequence["items"][number] | undefined): Part | undefined {
  const lines = itemLines(text, item);
  if (!lines) return undefined;
  const { from } = lines;
  let { to } = lines;
  // Of the empty lines before and after the item, only those before stay.
  const emptyBefore = from > 0 && lineAt(text, lineStart(text, from - 1)).trim() === "";
  while (emptyBefore && to < text.length && lineAt(text, to).trim() === "") to = nextLine(text, to);
  return { from, to };
}

/** Removes an item or a pair of a flow collection, with its comma. */
export function removeFlowItem(text: string, { from, to }: Part): string {
  const start = lineStart(text, from);
  const [rest, after] = /^[ \t]*(,?)[ \t]*(?:#[^\n]*)?\r?(?:\n|$)/.exec(text.slice(to)) ?? [];
  // There is nothing else on its lines. JSON has no comma after its last item.
  if (rest !== undefined && text.slice(start, from).trim() === "") {
    const above = text.slice(0, start);
    return (after ? above : above.replace(/,([ \t]*\r?\n)$/, "$1")) + text.slice(to + rest.length);
  }
  const [comma] = /^[ \t]*,[ \t]*/.exec(text.slice(to)) ?? [];
  if (comma !== undefined) return text.slice(0, from) + text.slice(to + comma.length);
  const [before] = /,[ \t]*$/.exec(text.slice(0, from)) ?? [""];
  return text.slice(0, from - before.length) + text.slice(to);
}
