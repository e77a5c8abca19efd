import { isMap, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import { pairOf } from "./append-item";

/** A grant as a user file writes it. */
export interface GrantItem {
  /** Its index in `grants`, from 0. */
  readonly index: number;
  /** Its first line, from 1. */
  readonly line: number;
  readonly grant: Readonly<Record<string, unknown>>;
}

const OPTIONS = { version: "1.2", schema: "core", uniqueKeys: false, logLevel: "silent" } as const;

/** What a user file's text says, by key; nothing of a text that is no map. */
export function fileFields(text: string): Readonly<Record<string, unknown>> {
  const document = parseDocument(text.replace(/^\uFEFF/, ""), OPTIONS);
  const fields: unknown = isMap(document.contents) && document.errors.length === 0 ? document.toJS() : {};
  return fields as Readonly<Record<string, unknown>>;
}

/**
 * The grants of a user file's text, or of a team's in `teams.yaml`, in order. Items that are no maps are left
 * out.
 */
export function grantItems(text: string, team?: string): GrantItem[] {
  const lines = new LineCounter();
  const body = text.replace(/^\uFEFF/, "");
  const document = parseDocument(body, { ...OPTIONS, lineCounter: lines });
  const root = document.contents;
  const map = team !== undefined && isMap(root) ? pairOf(root, team)?.value : root;
  const list = isMap(map) ? pairOf(map, "grants")?.value : undefined;
  if (!isSeq(list) || document.errors.length > 0) return [];
  return list.items.flatMap((item, index) => {
    const grant: unknown = (item as Node).toJS(document);
    const isGrant = typeof grant === "object" && grant !== null && !Array.isArray(grant);
    const line = lines.linePos((item as Node).range?.[0] ?? 0).line;
    return isGrant ? [{ index, line, grant: grant as GrantItem["grant"] }] : [];
  });
}
