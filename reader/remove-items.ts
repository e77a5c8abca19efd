import { type CST, isNode, type YAMLSeq } from "yaml";

/** A part of a text: its first offset, and the offset after its last. */
interface Part {
  readonly from: number;
  readonly to: number;
}

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
  const dashes = token.items.filter(({ start }) => start.some(({ type }) => type === "seq-item-ind"));
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
  const dash = item?.start.find(({ type }) => type === "seq-item-ind");
  const end = item?.value && endOf(item.value);
  if (!dash || end === undefined) return undefined;
  const from = text.lastIndexOf("\n", dash.offset - 1) + 1;
  const indent = dash.offset - from;
  if (text.slice(from, dash.offset).trim() !== "") return undefined;
  // A text of several lines ends with its last line break.
  let to = text[end - 1] === "\n" ? end : nextLine(text, end);
  // Comments with a deeper indent than the dash are part of the item.
  for (
    let line = lineAt(text, to);
    line.trimStart().startsWith("#") && indentOf(line) > indent;
    line = lineAt(text, to)
  )
    to = nextLine(text, to);
  // Of the empty lines before and after the item, only those before stay.
  const emptyBefore = from > 0 && lineAt(text, text.lastIndexOf("\n", from - 2) + 1).trim() === "";
  while (emptyBefore && to < text.length && lineAt(text, to).trim() === "") to = nextLine(text, to);
  return { from, to };
}

function removeFlowItem(text: string, { from, to }: Part): string {
  const lineStart = text.lastIndexOf("\n", from - 1) + 1;
  const [rest] = /^[ \t]*,?[ \t]*(#[^\n]*)?\r?(\n|$)/.exec(text.slice(to)) ?? [];
  // There is nothing else on its lines.
  if (rest !== undefined && text.slice(lineStart, from).trim() === "")
    return text.slice(0, lineStart) + text.slice(to + rest.length);
  const [comma] = /^[ \t]*,[ \t]*/.exec(text.slice(to)) ?? [];
  if (comma !== undefined) return text.slice(0, from) + text.slice(to + comma.length);
  const [before] = /,[ \t]*$/.exec(text.slice(0, from)) ?? [""];
  return text.slice(0, from - before.length) + text.slice(to);
}

/** The offset after a value, without the comments and line breaks that follow it. */
function endOf(token: CST.Token): number | undefined {
  switch (token.type) {
    case "block-map":
    case "block-seq": {
      const last = token.items.filter(({ key, value }) => key || value).at(-1);
      const tail = last?.value ?? last?.key;
      // `key:` without a value ends with its colon.
      const colon = last?.value ? undefined : last?.sep?.find(({ type }) => type === "map-value-ind");
      return colon ? colon.offset + 1 : tail ? endOf(tail) : undefined;
    }
    case "flow-collection": {
      const closing = token.end.find(({ type }) => type === "flow-map-end" || type === "flow-seq-end");
      return closing && closing.offset + closing.source.length;
    }
    case "block-scalar":
      return (
        token.offset +
        token.props.reduce(
          (length, prop) => length + ("source" in prop ? prop.source.length : 0),
          token.source.length,
        )
      );
    case "alias":
    case "scalar":
    case "single-quoted-scalar":
    case "double-quoted-scalar":
      return token.offset + token.source.length;
    default:
      return undefined;
  }
}

/** The offset of the next line. */
const nextLine = (text: string, offset: number): number => {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
};
const lineAt = (text: string, offset: number): string => text.slice(offset, nextLine(text, offset));
const indentOf = (line: string): number => line.length - line.trimStart().length;
