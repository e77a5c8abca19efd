import { isDeepStrictEqual } from "node:util";
import {
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import { parseExpiry } from "../core/users";
import { removeItems } from "./edit/remove-items";
import { grantText } from "./grant-text";

/** An expired grant of a user file. */
export interface PrunedGrant {
  /** Its index in `grants`, from 0. */
  readonly index: number;
  /** Its first line, from 1. */
  readonly line: number;
  /** `read on orders: a, b`, `SELECT on orders: a.customers` */
  readonly what: string;
  /** The first moment at which it no longer gave access, in UTC. */
  readonly expires: string;
}

/** A user file's text without its expired grants, or the reason why the file cannot be edited. */
export type Pruning =
  | { readonly text: string; readonly pruned: readonly PrunedGrant[] }
  | { readonly line: number; readonly fault: string };

const OPTIONS = {
  version: "1.2",
  schema: "core",
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "error",
} as const;
const BOM = "\uFEFF";

/**
 * Removes the grants that had expired by a moment from the text of a user file. Every other byte stays:
 * order, quotes, line ends, and all comments except those inside a removed grant. The result is parsed again:
 * if anything but these grants differs, the file counts as one that cannot be edited.
 * @param text text of a file without problems
 */
export function pruneGrants(text: string, until: Date): Pruning {
  const bom = text.startsWith(BOM) ? BOM : "";
  const body = text.slice(bom.length);
  const lines = new LineCounter();
  const document = parseDocument(body, { ...OPTIONS, keepSourceTokens: true, lineCounter: lines });
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const pair = isMap(document.contents)
    ? document.contents.items.find(({ key }) => isScalar(key) && key.value === "grants")
    : undefined;
  const list = pair?.value;
  if (!isSeq(list)) return { text, pruned: [] };

  const pruned = list.items.flatMap((item, index) => {
    const expired = expiredGrant((item as Node).toJS(document), until);
    return expired ? [{ index, line: lineOf((item as Node).range?.[0] ?? 0), ...expired }] : [];
  });
  if (pruned.length === 0) return { text, pruned };
  const shared = firstShared(document.contents as Node);
  if (shared) {
    const fault =
      "holds anchors or aliases (`&`, `*`), which an expired grant may be part of; replace them by their values first";
    return { line: lineOf(shared.range?.[0] ?? 0), fault };
  }
  const indexes = new Set(pruned.map(({ index }) => index));
  const edited = removeItems(
    body,
    list,
    indexes,
    (pair?.srcToken as CST.BlockMap["items"][number] | undefined)?.sep ?? [],
  );
  if (edited === undefined || !holdsTheRest(body, edited, indexes)) {
    const fault = "is written so that the grant cannot be removed on its own; remove it by hand";
    return { line: pruned[0]!.line, fault };
  }
  return { text: bom + edited, pruned };
}

function expiredGrant(item: unknown, until: Date): Pick<PrunedGrant, "what" | "expires"> | undefined {
  const { expires: written, ...grant } = (item ?? {}) as Record<string, unknown>;
  const expiry = typeof written === "string" ? parseExpiry(written) : undefined;
  if (!expiry || !("expires" in expiry) || new Date(expiry.expires) > until) return undefined;
  const what = grantText(grant);
  return { what, expires: expiry.expires };
}

function firstShared(root: Node): Node | undefined {
  let found: Node | undefined;
  visit(root, {
    Node: (_, node) => {
      if (!isAlias(node) && !(node as { anchor?: string }).anchor) return undefined;
      found = node as Node;
      return visit.BREAK;
    },
  });
  return found;
}

/** Whether the edited text has the same content as the text without these grants. */
function holdsTheRest(text: string, edited: string, indexes: ReadonlySet<number>): boolean {
  const after = parseDocument(edited, OPTIONS);
  const before = parseDocument(text, OPTIONS).toJS() as { grants: unknown[] };
  const expected = { ...before, grants: before.grants.filter((_, index) => !indexes.has(index)) };
  return after.errors.length === 0 && isDeepStrictEqual(after.toJS(), expected);
}
