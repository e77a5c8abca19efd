import { nameSome } from "../../../core/contract/change-set";
import type { Cause } from "../../../core/events/events";
import { byCodeUnit, type Json } from "../../../core/json";
import { type AccountId, quoteAccount, type Statement, type StatementsPlan } from "../../../core/mysql";
import { assertClusterLock } from "../mysql/cluster-lock";
import { endSessions } from "../mysql/end-sessions";
import type { MySqlSession } from "../mysql/mysql-session";
import { type RunReport, runStatements, type StatementResult, succeeded } from "../mysql/run-statements";
import { StatementsFailedError } from "../runtime/errors";
import type { Call } from "../services/services";
import type { AuditEntry } from "../store/audit-trail";

/** Who does what, as each of its audit items says. */
export type AuditSubject = Readonly<Record<string, Json | undefined>> & { readonly cluster: string };

/** What happened to a plan's statements; filled while they run, so that a failure can be recorded with them. */
export class ExecutionReport {
  report: RunReport = { results: [] };
  sessionsEnded = 0;
  /** Whether the audit trail has the report: it is not told twice. */
  recorded = false;
  /** What is to be said of the accounts, once that is known. */
  about: AboutAccount = () => ({ cause: "grant" });

  get ran(): number {
    return this.report.results.filter(({ outcome }) => outcome === "done" || outcome === "gone").length;
  }
}

/** What the audit trail says of an account: who it is for, by the rosters, and why it is touched. */
export type AboutAccount = (account: string) => { readonly user?: string | undefined; readonly cause: Cause };

/** The statements as the audit trail holds them. They hold no secrets: accounts log in by IAM. */
export const auditStatements = (statements: readonly Statement[], about: AboutAccount): Json[] =>
  statements.map(({ sql, why, accounts }) => ({ sql, why, ...aboutAccounts(accounts, about) }));

function aboutAccounts(accounts: readonly AccountId[], about: AboutAccount) {
  const names = [...new Set(accounts.map(({ user }) => user))];
  const causes = [...new Set(names.map(name => about(name).cause))].sort(byCodeUnit);
  const people = names.map(account => {
    const { user } = about(account);
    return { account, ...(user === undefined ? {} : { user }) };
  });
  return { cause: causes.join(", "), accounts: people };
}

/** Records what is about to be done; unless that succeeded, nothing is given. */
export function recordIntent(
  call: Call,
  subject: AuditSubject,
  plan: StatementsPlan,
  about: AboutAccount,
): Promise<void> {
  const entry: AuditEntry = { ...subject, kind: "intent", when: call.services.now().toISOString() };
  return call.services.audit.append(entry, {
    name: "statements",
    items: auditStatements(plan.statements, about),
  });
}

/** Records what was done. `error` is absent after a success. */
export async function recordResult(
  call: Call,
  subject: AuditSubject,
  progress: ExecutionReport,
  error?: { code: string; message: string },
) {
  const entry: AuditEntry = {
    ...subject,
    kind: "result",
    when: call.services.now().toISOString(),
    outcome: error ? "failed" : "succeeded",
    ran: progress.ran,
    sessionsEnded: progress.sessionsEnded,
    ...(error ? { code: error.code, message: error.message.slice(0, 8_000) } : {}),
  };
  const results = progress.recorded ? [] : progress.report.results;
  const items = results.map(({ users, ...result }) => ({
    ...(result as unknown as Record<string, Json>),
    ...aboutAccounts(
      users.map(user => ({ user, host: "" })),
      progress.about,
    ),
  }));
  await call.services.audit.append(entry, { name: "results", items });
  progress.recorded = true;
}

/**
 * Runs the plan's statements under the cluster's lock, then ends the sessions that outlive them, those of `alsoEnd` included.
 * @throws StatementsFailedError saying how many of how many ran, which failed, and what to do
 */
export async function executePlan(
  call: Call,
  session: MySqlSession,
  cluster: string,
  plan: StatementsPlan,
  alsoEnd: readonly AccountId[],
  progress: ExecutionReport,
): Promise<void> {
  await assertClusterLock(session, cluster);
  progress.report = await runStatements(session, plan.statements, call.deadline);
  const { results, stopped } = progress.report;
  call.services.log.info("statements ran", { cluster, ran: progress.ran, of: results.length, stopped });
  if (stopped === undefined)
    progress.sessionsEnded = await endSessions(session, [...plan.endSessions, ...alsoEnd]);
  if (!succeeded(progress.report)) throw new StatementsFailedError(describeFailure(cluster, plan, progress));
}

const FAILURES_NAMED = 3;

function describeFailure(cluster: string, plan: StatementsPlan, progress: ExecutionReport): string {
  const { results, stopped } = progress.report;
  const bad = results.filter(({ outcome }) => outcome === "failed" || outcome === "unknown");
  const accountsBySql = new Map(
    plan.statements.flatMap(s => s.each.map((sql, i) => [sql, quoteAccount(s.accounts[i]!)])),
  );
  const tell = ({ sql, error, outcome }: StatementResult) =>
    `${outcome === "unknown" ? "unknown whether it ran" : "refused"}${accountsBySql.has(sql) ? ` for ${accountsBySql.get(sql)}` : ""}: ` +
    `${sql.slice(0, 500)}: ${error}`;
  const told = bad.slice(0, FAILURES_NAMED).map(tell);
  if (bad.length > FAILURES_NAMED) told.push(`and ${bad.length - FAILURES_NAMED} more`);
  if (stopped !== undefined && bad.length === 0) told.push(stopped);
  const skipped = results.filter(({ outcome }) => outcome === "skipped").length;
  return (
    `${cluster}: ${progress.ran} of ${results.length} statements ran${skipped > 0 ? `, ${skipped} were left out` : ""}. ` +
    `${told.join("; ")}. What ran stays; the next plan shows what is left: mend the cause, plan and apply again.`
  );
}

export const remainingStatements = (plan: StatementsPlan): string =>
  nameSome(
    plan.statements.map(({ sql }) => sql.slice(0, 300)),
    3,
  );
