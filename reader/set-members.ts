import { isDeepStrictEqual } from "node:util";
import { type CST, isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, type YAMLSeq } from "yaml";
import { byCodeUnit } from "../core/json";
import { printable, printableJson } from "../core/printable";
import { removeItems } from "./edit/remove-items";
import { yamlText } from "./user-file-text";

/** The text of a teams file with other members of a team, or the reason why it cannot be edited. */
export type MembersEdit =
  | { readonly text: string; readonly added: readonly string[]; readonly removed: readonly string[] }
  | { readonly line: number; readonly fault: string };

const OPTIONS = { version: "1.2", schema: "core", uniqueKeys: false, logLevel: "error" } as const;
const BOM = "\uFEFF";

/**
 * Gives a team these members in the text of a teams file. Who stays keeps line, quotes and comments; who
 * joins comes after them, by name. Every other byte stays. The result is parsed again: if anything but this
 * list differs, the file counts as one that cannot be edited.
 */
export function setMembers(text: string, team: string, wanted: ReadonlySet<string>): MembersEdit {
  const bom = text.startsWith(BOM) ? BOM : "";
  const body = text.slice(bom.length);
  const lines = new LineCounter();
  const pair = membersOf(body, team, lines);
  const list = pair?.value;
  const line = isScalar(pair?.key) ? lines.linePos(pair.key.range![0]).line : 1;
  const fault = "is written so that its members cannot be changed on their own; change them by hand";
  if (!pair || !isSeq(list)) return { line, fault };

  const names = list.items.map(item => (isScalar(item) ? String(item.value).normalize("NFC") : ""));
  const removed = names.filter(name => !wanted.has(name));
  const added = [...wanted].filter(name => !names.includes(name)).sort(byCodeUnit);
  const joined = added.length === 0 ? body : withItems(body, list, added);
  const edited = joined === undefined ? undefined : withoutItems(joined, team, new Set(removed));
  const members = [...names.filter(name => wanted.has(name)), ...added];
  if (edited === undefined || !hasOnlyNew(body, edited, team, members)) return { line, fault };
  return { text: bom + edited, added, removed };
}

/** The key `members` of a team, and its list. */
function membersOf(text: string, team: string, lineCounter = new LineCounter()): Pair | undefined {
  const { contents } = parseDocument(text, { ...OPTIONS, keepSourceTokens: true, lineCounter });
  const at = (map: unknown, key: string) =>
    isMap(map) ? map.items.find(item => isScalar(item.key) && item.key.value === key) : undefined;
  return at(at(contents, team)?.value, "members");
}

/** The text with these items after the last one of a list. */
function withItems(text: string, list: YAMLSeq, names: readonly string[]): string | undefined {
  const token = list.srcToken;
  const last = list.items.at(-1);
  const written = names.map(scalarText);
  if (token?.type === "flow-collection") {
    const at = isScalar(last) ? last.range![1] : token.start.offset + token.start.source.length;
    return text.slice(0, at) + (last ? ", " : "") + written.join(", ") + text.slice(at);
  }
  if (token?.type !== "block-seq" || !isScalar(last)) return undefined;
  const end = text.indexOf("\n", last.range![1]);
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const added = written.map(name => `${" ".repeat(token.indent)}- ${name}${lineEnd}`).join("");
  return end < 0 ? `${text}${lineEnd}${added}` : text.slice(0, end + 1) + added + text.slice(end + 1);
}

function withoutItems(text: string, team: string, names: ReadonlySet<string>): string | undefined {
  const pair = membersOf(text, team);
  const list = pair?.value;
  if (names.size === 0 || !isSeq(list)) return text;
  const indexes = list.items.flatMap((item, index) =>
    isScalar(item) && names.has(String(item.value).normalize("NFC")) ? [index] : [],
  );
  const { sep = [] } = (pair!.srcToken ?? {}) as Partial<CST.BlockMap["items"][number]>;
  return removeItems(text, list, new Set(indexes), sep);
}

/** A name as YAML reads it in a list of either form. */
const scalarText = (name: string): string =>
  /[,[\]{}]/.test(name) || printable(name) !== name ? printableJson(name) : yamlText(name).trimEnd();

/** Whether the edited text has the same content but for the team's members. */
function hasOnlyNew(text: string, edited: string, team: string, members: readonly string[]): boolean {
  const after = parseDocument(edited, OPTIONS);
  const before = parseDocument(text, OPTIONS).toJS() as Record<string, object>;
  const expected = composed({ ...before, [team]: { ...before[team], members } });
  return after.errors.length === 0 && isDeepStrictEqual(composed(after.toJS()), expected);
}

/** The value with its texts in Unicode's composed form, in which users files are read. */
const composed = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, member) =>
    typeof member === "string" ? member.normalize("NFC") : member,
  );
