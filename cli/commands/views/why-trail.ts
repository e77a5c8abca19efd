import { type AuditItem, auditItemSchema } from "../../../core/audit";
import { lowerName } from "../../../core/catalogue/lower-case";
import { defined } from "../../../core/json";
import { effectsOf } from "../../../core/mysql";
import { rowReaches } from "../../../core/mysql/database-name";
import type { ReachTarget } from "../../../core/reach/reach-facts";
import { type AuditAccount, type AuditRow, RowJoiner } from "../audit/audit-rows";
import type { AuditTable } from "../audit/audit-table";
import { formerNames } from "../audit/former-names";

/** A statement of the audit trail that gave or took something. */
export interface TrailStatement {
  readonly what: "gave" | "took";
  readonly sql: string;
  readonly when: string;
  /** The audit item: its position in the cluster's chain. */
  readonly item: number;
  readonly cause?: string | undefined;
  /** Of the cause `parameter`: the sources whose documents changed the account. Older items do not say. */
  readonly sources?: readonly string[] | undefined;
  readonly changeSet?: string | undefined;
  /** Who planned it, in the caller's own words. */
  readonly who?: string | undefined;
  readonly reference?: string | undefined;
  readonly outcome: string;
}

/** A document in Parameter Store that was accepted. */
export interface TrailDocument {
  readonly source: string;
  readonly parameter?: string | undefined;
  readonly version?: number | undefined;
  /** Who wrote it, as Parameter Store says. */
  readonly by?: string | undefined;
  readonly when: string;
  readonly item: number;
}

/** What the trail says of an account on a place. */
export interface Trail {
  /** The statements that count: the last that gave each privilege, and what took it since. */
  readonly statements: readonly TrailStatement[];
  /**
   * If documents in Parameter Store caused them: those that were in force then, of the sources that the
   * statement names, or else of each source.
   */
  readonly documents: readonly TrailDocument[];
  /** Whether the account was locked, and not opened since. */
  readonly isLocked: boolean;
}

/** Reads a cluster's chain. @throws AwsProblemError, CallFailedError */
export async function readTrail(table: AuditTable, cluster: string) {
  const joiner = new RowJoiner();
  const items: AuditItem[] = [];
  for await (const page of table.itemsAfter(cluster, 0))
    for (const item of page) {
      const { data } = auditItemSchema.safeParse(item);
      if (!data) continue;
      joiner.add(data);
      if (data.kind === "source") items.push(data);
    }
  return { rows: joiner.rows, documents: items };
}

/** What the rows say of the user's account on the target. */
export function trailOf(
  { documents, rows }: Awaited<ReturnType<typeof readTrail>>,
  isMeant: (name: string) => boolean,
  target: ReachTarget,
): Trail {
  const later = formerNames(rows);
  const own = rows.flatMap(row => {
    const accounts = row.accounts.filter(one =>
      [one, ...later(row, one)].some(({ account, user }) => isMeant(account) || (user && isMeant(user))),
    );
    return accounts.map(account => ({ row, account }));
  });
  const statements = own
    .flatMap(({ account, row }) => statementOf(row, account, target) ?? [])
    .sort((a, b) => a.item - b.item);
  const { counting, isLocked } = lastOnes(statements);
  const byDocument = counting.findLast(({ cause = "" }) => cause.split(", ").includes("parameter"));
  const inForce = documents
    .filter(item => byDocument && Number(item.sk) <= byDocument.item)
    .map(documentOf)
    .filter(({ source }) => byDocument?.sources?.includes(source) ?? true);
  return {
    statements: counting.map(({ privileges: _, ...statement }) => statement),
    documents: [...new Map(inForce.map(document => [document.source, document])).values()],
    isLocked,
  };
}

const documentOf = (item: AuditItem): TrailDocument => {
  const { by, parameter, parameterVersion, source } = item as Record<string, unknown>;
  return {
    source: String(source),
    when: item.when,
    item: Number(item.sk),
    ...defined({
      parameter: parameter === undefined ? undefined : String(parameter),
      version: typeof parameterVersion === "number" ? parameterVersion : undefined,
      by: by === undefined ? undefined : String(by),
    }),
  };
};

type Found = TrailStatement & { readonly privileges: ReadonlySet<string> };

/** In place of a privilege: everything, and that the account is open. */
const EVERYTHING = "*";
const OPEN = "#open";

/** What the statement of a row gives the account on the target, or takes from it. */
function statementOf(
  row: AuditRow,
  { account, sources }: AuditAccount,
  target: ReachTarget,
): Found | undefined {
  const { cause, changeSet, kind, reference, result, seq, what: sql, when, who } = row;
  if (kind !== "intent" && kind !== "result") return undefined;
  const effects = (effectsOf(sql) ?? []).map(effect => effect.split("|"));
  const own = effects.filter(([, on = ""]) => on.startsWith(`'${account.replaceAll("'", "\\'")}'@`));
  const found = own.flatMap(([verb = "", , object = "", privilege = EVERYTHING]) => {
    if (verb === "drop") return [["took", EVERYTHING] as const];
    if (verb === "lock" || verb === "unlock") return [[verb === "lock" ? "took" : "gave", OPEN] as const];
    if (verb === "grant-role" || verb === "revoke-role")
      return [[verb === "grant-role" ? "gave" : "took", object] as const];
    const isPlace = (verb === "grant" || verb === "revoke") && isOnTarget(object, target);
    return isPlace ? [[verb === "grant" ? "gave" : "took", privilege] as const] : [];
  });
  const [first] = found;
  if (!first) return undefined;
  return {
    what: first[0],
    sql,
    when,
    item: seq,
    outcome: result.outcome,
    privileges: new Set(found.map(([, privilege]) => privilege)),
    ...defined({ cause, sources, changeSet, who, reference }),
  };
}

const OBJECT = /^(?:(PROCEDURE|FUNCTION) )?`((?:[^`]|``)+)`\.(\*|`((?:[^`]|``)+)`)$/s;

function isOnTarget(object: string, { database, table }: ReachTarget): boolean {
  if (object === "*.*") return true;
  const [, routine, name, , inner] = OBJECT.exec(object) ?? [];
  if (name === undefined || routine !== undefined) return false;
  const own = name.replaceAll("``", "`");
  const isDatabase =
    own === database ||
    rowReaches(own, database, { partialRevokes: false, lowerCaseTableNames: 0 }) ||
    lowerName(own) === lowerName(database);
  return isDatabase && (inner === undefined || table === undefined || inner.replaceAll("``", "`") === table);
}

/**
 * What gave each privilege that is still held. If none is, the last that were, and what took them. A lock
 * that lasts comes after that.
 */
function lastOnes(statements: readonly Found[]): { counting: Found[]; isLocked: boolean } {
  const held = new Map<string, Found>();
  let ended: Found[] = [];
  let locked: Found | undefined;
  for (const one of statements.filter(({ outcome }) => outcome === "done" || outcome === "unknown")) {
    const { privileges, what } = one;
    if (privileges.has(OPEN)) locked = what === "took" ? one : undefined;
    else if (what === "gave") for (const privilege of privileges) held.set(privilege, one);
    else {
      const keys = privileges.has(EVERYTHING) ? [...held.keys()] : [...privileges];
      const taken = keys.flatMap(key => held.get(key) ?? []);
      if (taken.length > 0) ended = [...taken, one];
      for (const key of keys) held.delete(key);
      // An account of this name after that is another one.
      if (/^DROP USER/i.test(one.sql)) locked = undefined;
    }
  }
  const last = [...new Set(held.size > 0 ? held.values() : ended)].sort((a, b) => a.item - b.item);
  return { counting: last.concat(locked ?? []), isLocked: locked !== undefined };
}
