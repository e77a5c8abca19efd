import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { appendItem, pairOf, tokensOf } from "./append-item";
import { removeItems } from "./remove-items";
import { removePair, setPair } from "./set-pair";
import type { Value } from "./value-text";

/** Where in a file something is: `["grants", 0]`. */
export type EditPath = readonly (string | number)[];

/** One change of a user file. `map` is the place of the map that has `key`. */
export type Edit = { readonly map: EditPath; readonly key: string } & (
  | { readonly op: "append"; readonly value: Value }
  | { readonly op: "remove"; readonly indexes: ReadonlySet<number> }
  /** `after`: the key that a new key follows. */
  | { readonly op: "set"; readonly value: Value; readonly after?: string | undefined }
  | { readonly op: "unset" }
);

/** The text after an edit, or the line at which it cannot be done, and why. */
export type Edited = { readonly text: string } | { readonly line: number; readonly fault: string };

const OPTIONS = {
  version: "1.2",
  schema: "core",
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "silent",
} as const;
const BOM = "\uFEFF";
const BY_HAND = "is written so that it cannot be edited here; write it by hand";

/**
 * Makes changes in the text of a user file, one after the other. Every other byte stays: comments, order,
 * quotes, line ends. Each result is parsed again: if anything but the change differs, it counts as one that
 * cannot be made.
 */
export function editFile(text: string, edits: readonly Edit[]): Edited {
  let edited = text;
  for (const edit of edits) {
    const next = editOnce(edited, edit);
    if ("fault" in next) return next;
    edited = next.text;
  }
  return { text: edited };
}

function editOnce(text: string, edit: Edit): Edited {
  const bom = text.startsWith(BOM) ? BOM : "";
  const body = text.slice(bom.length);
  const lines = new LineCounter();
  const document = parseDocument(body, { ...OPTIONS, keepSourceTokens: true, lineCounter: lines });
  const before = contentOf(document);
  if (document.errors.length > 0 || !isObject(before))
    return { line: lines.linePos(document.errors[0]?.pos[0] ?? 0).line, fault: "is not a valid user file" };
  const map = nodeAt(document, edit.map);
  const line = lines.linePos(placeOf(map ?? document.contents, edit)).line;
  if (!isMap(map)) return { line, fault: BY_HAND };
  const result = textAfter(body, map, edit, isJson(document));
  // Aliases become copies: a change of one place must not be one of another.
  const expected = copyOf(before) as Record<string, unknown>;
  change(expected, "value" in edit ? ({ ...edit, value: copyOf(edit.value) } as Edit) : edit);
  if (result === undefined || !isDeepStrictEqual(contentOf(parseDocument(result, OPTIONS)), expected)) {
    const hasShared = /(^|[\s[{,])[&*][^\s,[\]{}]/.test(body);
    const why = "holds anchors or aliases (`&`, `*`), or " + BY_HAND;
    return { line, fault: hasShared ? why : BY_HAND };
  }
  return { text: bom + result };
}

function textAfter(body: string, map: YAMLMap, edit: Edit, json: boolean): string | undefined {
  const { key } = edit;
  switch (edit.op) {
    case "append":
      return appendItem(body, map, key, { value: edit.value, isJson: json });
    case "remove": {
      const pair = pairOf(map, key);
      if (!isSeq(pair?.value)) return undefined;
      return removeItems(body, pair.value, edit.indexes, tokensOf(pair)?.sep ?? []);
    }
    case "set":
      return setPair(body, map, key, { ...edit, isJson: json });
    case "unset":
      return removePair(body, map, key);
  }
}

/** The content that a file has after the edit; the value is changed in place. */
function change(root: Record<string, unknown>, edit: Edit): void {
  const map = edit.map.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], root);
  const record = map as Record<string, unknown>;
  const list = Array.isArray(record[edit.key]) ? (record[edit.key] as unknown[]) : [];
  if (edit.op === "append") record[edit.key] = [...list, edit.value];
  else if (edit.op === "remove") record[edit.key] = list.filter((_, index) => !edit.indexes.has(index));
  else if (edit.op === "set") record[edit.key] = edit.value;
  else delete record[edit.key];
}

/** What a document says; undefined if it is not valid, or says something else to every reader. */
function contentOf(document: Document): unknown {
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    // Too many aliases.
    return undefined;
  }
}

const copyOf = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const nodeAt = (document: Document, path: EditPath): Node | undefined =>
  (path.length === 0 ? document.contents : document.getIn(path, true)) as Node | undefined;

/** The offset of what the edit is about. */
function placeOf(node: Node | null, { key }: Edit): number {
  const value = isMap(node) ? (pairOf(node, key)?.key as Node | undefined) : undefined;
  return (value ?? node)?.range?.[0] ?? 0;
}

/** Whether the file is written as JSON: its first key has double quotes. */
function isJson({ contents }: Document): boolean {
  const key = isMap(contents) ? contents.items[0]?.key : undefined;
  return isMap(contents) && contents.flow === true && isScalar(key) && key.type === "QUOTE_DOUBLE";
}
