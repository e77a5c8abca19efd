import type { AuditItem, AuditResult, AuditStatement } from "../../../core/audit";
import { defined } from "../../../core/json";
import { quoteText } from "../../../core/mysql";

export interface AuditAccount {
  readonly account: string;
  /** The name in the identity provider. */
  readonly user?: string | undefined;
  /** The sources whose documents changed it, in an item that says so. */
  readonly sources?: readonly string[] | undefined;
}

/** How a statement ended. `unknown`: no result was recorded, or the connection was lost while it ran. */
export interface AuditOutcome {
  readonly outcome: string;
  readonly detail?: string;
}

/** One row of the list: a statement, a refusal, or another entry of the trail. */
export interface AuditRow {
  readonly when: string;
  readonly cluster: string;
  readonly seq: number;
  readonly kind: string;
  readonly accounts: readonly AuditAccount[];
  /** The SQL, without secrets; a few words for an entry that is not a statement. */
  readonly what: string;
  readonly cause?: string | undefined;
  readonly why?: string | undefined;
  readonly who?: string | undefined;
  readonly reference?: string | undefined;
  readonly changeSet?: string | undefined;
  readonly action?: string | undefined;
  result: AuditOutcome;
}

const UNRECORDED: AuditOutcome = { outcome: "unknown", detail: "no result recorded" };
/** The worst outcome first: it counts for a statement that ran account by account. */
const WORST = ["failed", "unknown", "skipped"];

/** A note for each kind of item that is neither an intent nor a result. */
const NOTES: Readonly<Record<string, string>> = {
  refused: "(refused)",
  "lock-killed": "(ended a connection that held the cluster's lock)",
  "hook-deleted": "(the cluster's hook was deleted)",
  "cluster-replaced": "(another cluster came in its place)",
  source: "(a document of Parameter Store was accepted)",
  offboarding: "(somebody was offboarded, or is back)",
};

/** Makes rows of one chain's items, added in their order: each statement with its result. */
export class RowJoiner {
  readonly rows: AuditRow[] = [];
  /** Statements without a result so far, by change set. */
  readonly #open = new Map<string, AuditRow[]>();

  add(item: AuditItem): void {
    if (item.kind === "intent") this.#addIntent(item);
    else if (item.kind === "result") this.#addResult(item);
    else {
      const note = NOTES[item.kind] ?? `(${item.kind})`;
      this.rows.push(rowOf(item, note, accountsOf(item), outcomeOf(item)));
    }
  }

  #addIntent(item: AuditItem): void {
    const statements = item.statements ?? [];
    const rows = statements.map(statement => ({
      ...rowOf(item, statement.sql, statement.accounts ?? namedIn(statement, item), UNRECORDED),
      cause: statement.cause,
      why: statement.why,
    }));
    this.rows.push(...rows);
    const key = item.changeSet ?? "";
    // This is the next run of the same change set: statements without a result in the last run stay unknown.
    const open = (item.part ?? 1) > 1 ? (this.#open.get(key) ?? []) : [];
    this.#open.set(key, [...open, ...rows]);
  }

  #addResult(item: AuditItem): void {
    const key = item.changeSet ?? "";
    const results = item.results ?? [];
    const open = this.#open.get(key);
    if (!open) {
      this.#addOrphan(item, results);
      return;
    }
    const bySql = new Map(results.map(result => [result.sql, result]));
    const left = open.filter(row => !addResult(row, bySql, results));
    if ((item.part ?? 1) < (item.parts ?? 1)) {
      this.#open.set(key, left);
      return;
    }
    this.#open.delete(key);
    for (const row of left) row.result = { outcome: "unknown", detail: "the result does not name it" };
    const isShown = open.some(({ result }) => WORST.includes(result.outcome));
    if (item.outcome === "failed" && !isShown)
      this.rows.push(rowOf(item, "(the run as a whole)", [], outcomeOf(item)));
  }

  /** A result without its intent: the intent is older than the items that were read, or no statement ran. */
  #addOrphan(item: AuditItem, results: readonly AuditResult[]): void {
    for (const result of results)
      this.rows.push(rowOf(item, result.sql, result.accounts ?? [], outcomeOfOne(result)));
    if (results.length === 0 && item.outcome === "failed")
      this.rows.push(rowOf(item, "(nothing ran)", [], outcomeOf(item)));
  }
}

function rowOf(
  item: AuditItem,
  what: string,
  accounts: readonly AuditAccount[],
  result: AuditOutcome,
): AuditRow {
  const { kind, cluster, when, who, reference, changeSet, action } = item;
  return {
    when,
    cluster,
    seq: Number(item.sk),
    kind,
    accounts,
    what,
    who,
    reference,
    changeSet,
    action,
    result,
  };
}

/**
 * Gives a row the result of its statement, or of the statements that it was split into.
 * @returns false if there is none
 */
function addResult(
  row: AuditRow,
  bySql: ReadonlyMap<string, AuditResult>,
  results: readonly AuditResult[],
): boolean {
  const own = bySql.get(row.what);
  if (own) {
    row.result = outcomeOfOne(own);
    return true;
  }
  const names = new Set(row.accounts.map(({ account }) => account));
  const verb = row.what.split(" ", 1)[0];
  const single = results.filter(({ accounts, sql }) => {
    return (
      accounts &&
      accounts.length > 0 &&
      accounts.every(({ account }) => names.has(account)) &&
      sql.split(" ", 1)[0] === verb
    );
  });
  if (single.length === 0) return false;
  const worst = WORST.find(outcome => single.some(result => result.outcome === outcome)) ?? "done";
  const bad = single.filter(({ outcome }) => outcome === worst && worst !== "done");
  const detail = bad
    .map(
      ({ accounts = [], error }) => `${accounts.map(({ account }) => account).join(", ")}: ${error ?? worst}`,
    )
    .join("; ");
  row.result = { outcome: worst, ...defined({ detail: detail || undefined }) };
  return true;
}

const outcomeOfOne = ({ outcome, error }: AuditResult): AuditOutcome => defined({ outcome, detail: error });

function outcomeOf({ kind, outcome, code, message }: AuditItem): AuditOutcome {
  const detail = [code, message].filter(part => part !== undefined).join(": ");
  const shown = outcome ?? (kind === "refused" ? "refused" : "recorded");
  return { outcome: shown, ...defined({ detail: detail || undefined }) };
}

const accountsOf = ({ accounts = [] }: AuditItem): AuditAccount[] =>
  accounts.map(account => (typeof account === "string" ? { account } : account));

/** The accounts of a statement in an older intent, which lists them once for all its statements. */
const namedIn = ({ sql }: AuditStatement, item: AuditItem): AuditAccount[] =>
  accountsOf(item).filter(({ account }) => sql.includes(` ${quoteText(account)}@`));
