import type { RosterChange } from "../../../core/audit";
import type { AboutAnyRun } from "../../../core/events/about-account";
import { byCodeUnit, type Json } from "../../../core/json";
import type { Statement, StatementsPlan } from "../../../core/mysql";
import { usersOf } from "../../../core/mysql/statement-queue";
import type { Call } from "../services/services";
import type { AuditEntry, AuditList } from "../store/audit-trail";
import { type RunReport, ranCount } from "./run-report";

/** What each audit item of a run says: the cluster, the change set, who planned it. */
export type AuditSubject = Readonly<Record<string, Json | undefined>> & { readonly cluster: string };

const MAX_MESSAGE = 8_000;

/** Statements as the audit trail holds them. They hold no password, only its placeholder. */
export const auditStatements = (statements: readonly Statement[], about: AboutAnyRun): Json[] =>
  statements.map(({ sql, why, accounts, becomes }) => ({
    sql,
    why,
    ...describeUsers(usersOf(accounts, becomes), about),
  }));

function describeUsers(users: readonly string[], about: AboutAnyRun) {
  const names = [...new Set(users)];
  const causes = [...new Set(names.map(name => about(name).cause))].sort(byCodeUnit);
  const accounts = names.map(account => {
    const { sources, user } = about(account);
    return { account, user, sources };
  });
  return { cause: causes.join(", "), accounts };
}

/** Records what the run is about to do. No statement may run before this succeeded. @throws AuditError */
export async function recordIntent<P extends Pick<StatementsPlan, "statements">>(
  call: Call,
  subject: AuditSubject,
  plan: P,
  { about, change }: { readonly about: AboutAnyRun; readonly change?: readonly RosterChange[] | undefined },
): Promise<{ readonly plan: P; readonly isAudited: boolean }> {
  const entry: AuditEntry = { ...subject, kind: "intent", when: call.services.now().toISOString() };
  const items = auditStatements(plan.statements, about);
  await call.services.audit.append(entry, { name: "statements", items }, ...accountChangesList(change));
  return { plan, isAudited: true };
}

/** The list `accountChanges`. It is empty if an apply changes no declaration; other runs have none. */
const accountChangesList = (change: readonly RosterChange[] | undefined): AuditList[] =>
  change === undefined ? [] : [{ name: "accountChanges", items: change as readonly Json[] }];

type RecordedReport = Pick<RunReport, "results" | "sessionsEnded" | "sessionsKept" | "isRecorded"> & {
  readonly about: AboutAnyRun;
  /** How the declared accounts changed, if no intent says so. */
  readonly change?: readonly RosterChange[] | undefined;
};

/**
 * Records what the run did. Results that the audit trail holds already are not written again.
 * @param failure why the run failed; absent after a success
 * @returns true: the audit trail holds the result
 * @throws AuditError
 */
export async function recordResult(
  call: Call,
  subject: AuditSubject,
  report: RecordedReport,
  failure?: { readonly code: string; readonly message: string },
): Promise<boolean> {
  const entry: AuditEntry = {
    ...subject,
    kind: "result",
    when: call.services.now().toISOString(),
    outcome: failure ? "failed" : "succeeded",
    ran: ranCount(report),
    sessionsEnded: report.sessionsEnded,
    sessionsKept: report.sessionsKept,
    code: failure?.code,
    message: failure?.message.slice(0, MAX_MESSAGE),
  };
  const results = report.isRecorded ? [] : report.results;
  const items = results.map(({ users, ...result }) => ({ ...result, ...describeUsers(users, report.about) }));
  const change = accountChangesList(report.change);
  await call.services.audit.append(entry, { name: "results", items }, ...change);
  return true;
}
