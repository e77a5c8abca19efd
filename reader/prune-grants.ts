import { isDeepStrictEqual } from "node:util";
import {
  type CST,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLSeq,
} from "yaml";
import { defined } from "../core/json";
import { parseExpiry } from "../core/users";
import { removeItems } from "./edit/remove-items";
import { grantText } from "./grant-text";

/** An expired grant of a user file, or of a team. */
export interface PrunedGrant {
  readonly team?: string;
  /** Its index in `grants`, from 0. */
  readonly index: number;
  /** Its first line, from 1. */
  readonly line: number;
  /** `read on orders: a, b`, `SELECT on orders: a.customers` */
  readonly what: string;
  /** The first moment at which it no longer gave access, in UTC. */
  readonly expires: string;
}

/** A file's text without its expired grants, or the reason why the file cannot be edited. */
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

/** Where a file has grants: a user file once, teams.yaml once for each team. */
type FileKind = "user" | "teams";

/** A list of grants, its key and its team. */
interface GrantList {
  readonly team?: string;
  readonly pair: Pair;
  readonly list: YAMLSeq;
}

/**
 * Removes the grants that had expired by a moment from the text of a user file, or of teams.yaml. Every other
 * byte stays: order, quotes, line ends, and all comments except those inside a removed grant. The result is
 * parsed again: if anything but these grants differs, the file counts as one that cannot be edited.
 * @param text text of a file without problems
 */
export function pruneGrants(text: string, until: Date, kind: FileKind = "user"): Pruning {
  const bom = text.startsWith(BOM) ? BOM : "";
  const body = text.slice(bom.length);
  const lines = new LineCounter();
  const document = parseDocument(body, { ...OPTIONS, keepSourceTokens: true, lineCounter: lines });
  const lineOf = (offset: number) => lines.linePos(offset).line;
  const lists = grantLists(document.contents, kind);
  const pruned = lists.flatMap(({ list, team }) =>
    list.items.flatMap((item, index) => {
      const expired = expiredGrant((item as Node).toJS(document), until);
      const line = lineOf((item as Node).range?.[0] ?? 0);
      return expired ? [{ index, line, ...expired, ...defined({ team }) }] : [];
    }),
  );
  if (pruned.length === 0) return { text, pruned };
  const shared = firstShared(document.contents as Node);
  if (shared) {
    const fault =
      "holds anchors or aliases (`&`, `*`), which an expired grant may be part of; replace them by their values first";
    return { line: lineOf(shared.range?.[0] ?? 0), fault };
  }
  const indexesOf = (of: string | undefined) =>
    new Set(pruned.flatMap(({ index, team }) => (team === of ? [index] : [])));
  // From the last list to the first: what is before a removed grant keeps its place.
  const edited = lists.reduceRight<string | undefined>((left, { list, pair, team }) => {
    const indexes = indexesOf(team);
    const { sep = [] } = (pair.srcToken ?? {}) as Partial<CST.BlockMap["items"][number]>;
    return left === undefined || indexes.size === 0 ? left : removeItems(left, list, indexes, sep);
  }, body);
  if (edited === undefined || !holdsTheRest(body, edited, { kind, indexesOf })) {
    const fault = "is written so that the grant cannot be removed on its own; remove it by hand";
    return { line: pruned[0]!.line, fault };
  }
  return { text: bom + edited, pruned };
}

function grantLists(root: unknown, kind: FileKind): GrantList[] {
  const pairsOf = (map: unknown) => (isMap(map) ? map.items : []);
  const owners =
    kind === "user"
      ? [{ map: root }]
      : pairsOf(root).map(({ key, value }) => ({ team: keyText(key), map: value }));
  return owners.flatMap(({ map, ...owner }) => {
    const pair = pairsOf(map).find(({ key }) => keyText(key) === "grants");
    return pair && isSeq(pair.value) ? [{ ...owner, pair, list: pair.value }] : [];
  });
}

const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : "");

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
function holdsTheRest(
  text: string,
  edited: string,
  { indexesOf, kind }: { kind: FileKind; indexesOf: (team: string | undefined) => ReadonlySet<number> },
): boolean {
  const after = parseDocument(edited, OPTIONS);
  const without = (of: unknown, team?: string) => {
    const owner = of as { grants: unknown[] };
    return { ...owner, grants: owner.grants.filter((_, index) => !indexesOf(team).has(index)) };
  };
  const before: unknown = parseDocument(text, OPTIONS).toJS();
  const expected =
    kind === "user"
      ? without(before)
      : Object.fromEntries(Object.entries(before as object).map(([team, of]) => [team, without(of, team)]));
  return after.errors.length === 0 && isDeepStrictEqual(after.toJS(), expected);
}
