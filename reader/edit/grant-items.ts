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

/** The grants of a user file's text, in order. Items that are no maps are left out. */
export function grantItems(text: string): GrantItem[] {
  const lines = new LineCounter();
  const body = text.replace(/^\uFEFF/, "");
  const options = { version: "1.2", schema: "core", uniqueKeys: false, logLevel: "silent" } as const;
  const document = parseDocument(body, { ...options, lineCounter: lines });
  const list = isMap(document.contents) ? pairOf(document.contents, "grants")?.value : undefined;
  if (!isSeq(list) || document.errors.length > 0) return [];
  return list.items.flatMap((item, index) => {
    const grant: unknown = (item as Node).toJS(document);
    const isGrant = typeof grant === "object" && grant !== null && !Array.isArray(grant);
    const line = lines.linePos((item as Node).range?.[0] ?? 0).line;
    return isGrant ? [{ index, line, grant: grant as GrantItem["grant"] }] : [];
  });
}
