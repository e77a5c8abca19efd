import { isDeepStrictEqual } from "node:util";
import {
  type CST,
  type Document,
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
import { removeItems } from "./remove-items";

/** A grant that is over. */
export interface PrunedGrant {
  /** Where it stood in `grants`, from 0. */
  readonly index: number;
  /** The line in which it began, from 1. */
  readonly line: number;
  /** `read on orders: a, b` */
  readonly what: string;
  /** The first moment at which it no longer held, in UTC. */
  readonly expires: string;
}

/** A user file's text without the grants that are over, or why it cannot be edited. */
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
 * Takes the grants out of a user file that ended at a moment or before. Everything else stays as it is, to the byte: order, quotes,
 * line ends, and all comments but those inside a grant that goes. The result is read again; unless it says the same without these
 * grants, nothing is changed.
 * @param text of a file that has no problems
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

  const pruned = list.items.flatMap((item, index) =>
    prunedGrant(document, item as Node, index, until, lineOf),
  );
  if (pruned.length === 0) return { text, pruned };
  const shared = firstShared(document.contents as Node);
  if (shared) {
    const fault =
      "holds anchors or aliases (`&`, `*`), of which a grant that is over may be part; write them out first";
    return { line: lineOf(shared.range?.[0] ?? 0), fault };
  }
  const indexes = new Set(pruned.map(({ index }) => index));
  const edited = removeItems(
    body,
    list,
    indexes,
    (pair?.srcToken as CST.BlockMap["items"][number] | undefined)?.sep ?? [],
  );
  if (edited === undefined || !saysTheRest(body, edited, indexes)) {
    const fault =
      "is written in a way in which the grant cannot be taken out on its own; take it out by hand";
    return { line: pruned[0]!.line, fault };
  }
  return { text: bom + edited, pruned };
}

function prunedGrant(
  document: Document,
  item: Node,
  index: number,
  until: Date,
  lineOf: (offset: number) => number,
): PrunedGrant[] {
  const { expires: written, ...grant } = (item.toJS(document) ?? {}) as Record<string, unknown>;
  const expiry = typeof written === "string" ? parseExpiry(written) : undefined;
  if (!expiry || !("expires" in expiry) || new Date(expiry.expires) > until) return [];
  const databases = Array.isArray(grant["databases"]) ? `: ${grant["databases"].join(", ")}` : "";
  const on = grant["cluster"] ?? `${grant["project"]}/${grant["environment"]}`;
  const what = `${grant["role"]} on ${on}${databases}`;
  return [{ index, line: lineOf(item.range?.[0] ?? 0), what, expires: expiry.expires }];
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

/** Whether the edited text holds what the text holds, without the items. */
function saysTheRest(text: string, edited: string, indexes: ReadonlySet<number>): boolean {
  const after = parseDocument(edited, OPTIONS);
  const before = parseDocument(text, OPTIONS).toJS() as { grants: unknown[] };
  const expected = { ...before, grants: before.grants.filter((_, index) => !indexes.has(index)) };
  return after.errors.length === 0 && isDeepStrictEqual(after.toJS(), expected);
}
