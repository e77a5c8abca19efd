import type { AuditItem, AuditResult, AuditStatement } from "../../../core/audit";

export interface AuditAccount {
  readonly account: string;
  /** The name in the identity provider. */
  readonly user?: string | undefined;
}

/** How it went. `unknown`: nobody recorded it, or the connection was lost while it ran. */
export interface AuditOutcome {
  readonly outcome: string;
  readonly detail?: string;
}

/** One thing that the trail tells of: a statement, or what was refused or noted beside. */
export interface AuditRow {
  readonly when: string;
  readonly cluster: string;
  readonly seq: number;
  readonly kind: string;
  readonly accounts: readonly AuditAccount[];
  /** The SQL, without secrets; for what is no statement, a few words. */
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
/** The worst first: of a statement that was run account by account, that is what counts. */
const WORST = ["failed", "unknown", "skipped"];

/** What each kind of item says that is neither an intent nor its result. */
const NOTES: Readonly<Record<string, string>> = {
  refused: "(refused)",
  "lock-killed": "(ended a connection that held the cluster's lock)",
  "hook-deleted": "(the cluster's hook was deleted)",
  "cluster-replaced": "(another cluster came in its place)",
  source: "(a document of Parameter Store was accepted)",
};

/** Makes rows of one chain's items, handed in by their order: each statement with what came of it. */
export class RowJoiner {
  readonly rows: AuditRow[] = [];
  /** Statements without a result so far, by change set. */
  readonly #open = new Map<string, AuditRow[]>();

  add(item: AuditItem): void {
    if (item.kind === "intent") this.#addIntent(item);
    else if (item.kind === "result") this.#addResult(item);
    else
      this.rows.push(
        rowOf(item, NOTES[item.kind] ?? `(${item.kind})`, accountsOf(item), { ...outcomeOf(item) }),
      );
  }

  #addIntent(item: AuditItem): void {
    const statements = item.statements ?? [];
    const rows = statements.map(statement => ({
      ...rowOf(item, statement.sql, statement.accounts ?? namedIn(statement, item), UNRECORDED),
      ...{ cause: statement.cause, why: statement.why },
    }));
    this.rows.push(...rows);
    const key = item.changeSet ?? "";
    // The next run of the same change set: what the last one left open stays unknown.
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
    const left = open.filter(row => !settle(row, bySql, results));
    if ((item.part ?? 1) < (item.parts ?? 1)) {
      this.#open.set(key, left);
      return;
    }
    this.#open.delete(key);
    for (const row of left) row.result = { outcome: "unknown", detail: "the result does not name it" };
    const told = open.some(({ result }) => WORST.includes(result.outcome));
    if (item.outcome === "failed" && !told)
      this.rows.push(rowOf(item, "(the run as a whole)", [], outcomeOf(item)));
  }

  /** A result of which the intent is not there: older than what is looked at, or nothing came to run. */
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

/** Gives a row the result of its statement, or those of the statements that it was split into. */
function settle(
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
  row.result = { outcome: worst, ...(detail === "" ? {} : { detail }) };
  return true;
}

const outcomeOfOne = ({ outcome, error }: AuditResult): AuditOutcome => ({
  outcome,
  ...(error === undefined ? {} : { detail: error }),
});

function outcomeOf({ kind, outcome, code, message }: AuditItem): AuditOutcome {
  const detail = [code, message].filter(part => part !== undefined).join(": ");
  return {
    outcome: outcome ?? (kind === "refused" ? "refused" : "recorded"),
    ...(detail === "" ? {} : { detail }),
  };
}

const accountsOf = ({ accounts = [] }: AuditItem): AuditAccount[] =>
  accounts.map(account => (typeof account === "string" ? { account } : account));

/** Older intents name their accounts once for all statements. */
const namedIn = ({ sql }: AuditStatement, item: AuditItem): AuditAccount[] =>
  accountsOf(item).filter(({ account }) => sql.includes(`'${account.replaceAll("'", "''")}'@`));
