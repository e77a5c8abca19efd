import type { CST } from "yaml";

/** A part of a text: its first offset, and the offset after its last. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/** The offset after a value, without the comments and line breaks that follow it. */
export function endOf(token: CST.Token): number | undefined {
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
export const nextLine = (text: string, offset: number): number => {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end + 1;
};

export const lineStart = (text: string, offset: number): number => text.lastIndexOf("\n", offset - 1) + 1;
export const lineAt = (text: string, offset: number): string => text.slice(offset, nextLine(text, offset));
const indentOf = (line: string): number => line.length - line.trimStart().length;

/**
 * The offset of the line after a value: past the comment on its last line, and past comment lines with a
 * deeper indent than `indent`, which are part of it.
 */
export function lineAfter(text: string, end: number, indent: number): number {
  // A text of several lines ends with its last line break.
  let to = end > 0 && text[end - 1] === "\n" ? end : nextLine(text, end);
  for (
    let line = lineAt(text, to);
    line.trimStart().startsWith("#") && indentOf(line) > indent;
    line = lineAt(text, to)
  )
    to = nextLine(text, to);
  return to;
}

/** The lines of an item of a block list, and the indent of its dash; undefined if it shares its lines. */
export function itemLines(
  text: string,
  item: CST.BlockSequence["items"][number] | undefined,
): (Part & { readonly indent: number }) | undefined {
  const dash = item?.start.find(({ type }) => type === "seq-item-ind");
  const end = item?.value && endOf(item.value);
  if (!dash || end === undefined) return undefined;
  const from = lineStart(text, dash.offset);
  if (text.slice(from, dash.offset).trim() !== "") return undefined;
  const indent = dash.offset - from;
  return { from, to: lineAfter(text, end, indent), indent };
}

/** The items of a block list: those with a dash. */
export const dashesOf = ({ items }: CST.BlockSequence): CST.BlockSequence["items"] =>
  items.filter(({ start }) => start.some(({ type }) => type === "seq-item-ind"));

/** Text with lines inserted before an offset where a line begins, or at the end of the text. */
export function insertLines(text: string, at: number, lines: readonly string[]): string {
  const end = lineEnd(text, at);
  const isOpen = at === text.length && text !== "" && !text.endsWith("\n");
  // A file without a line break at its end still has none.
  const added = isOpen ? `${end}${lines.join(end)}` : lines.map(line => line + end).join("");
  return text.slice(0, at) + added + text.slice(at);
}

/** How the lines before an offset end, or else all others. */
function lineEnd(text: string, at: number): string {
  const before = text.lastIndexOf("\n", at - 1);
  const one = before >= 0 ? before : text.indexOf("\n");
  return one > 0 && text[one - 1] === "\r" ? "\r\n" : "\n";
}
