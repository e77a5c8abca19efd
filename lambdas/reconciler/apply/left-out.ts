import { groupBy } from "../../../core/group-by";
import type { ObservedState } from "../../../core/mysql";
import { listSome, nameSome, sentences } from "../../../core/name-some";
import { isForNextRun, type RunReport, ranCount } from "../execute/run-report";
import { AccountsLeftOutError, DatabaseMovedError, NotReachedError } from "../runtime/errors";
import type { ApplyPlan } from "./plan-apply";

/** The accounts that an apply leaves other than declared, and the error that ends it. */
export interface LeftOut {
  readonly users: ReadonlySet<string>;
  /** Undefined if every account is as declared. */
  readonly error: AccountsLeftOutError | DatabaseMovedError | NotReachedError | undefined;
}

const REASONS_NAMED = 5;

/**
 * What an apply did not reach, from a look at the cluster after it. Everything else is in effect by then, so
 * the error says that, and the next plan shows what remains.
 * @param report what the run did
 */
export function accountsLeftOut(
  cluster: string,
  { leftOut, moved, planFor }: ApplyPlan,
  after: ObservedState,
  report: RunReport,
): LeftOut {
  const ran = ranCount(report);
  const { renames, statements } = planFor(after);
  const remaining = statements
    .flatMap(({ accounts, each }) =>
      each.map((sql, index) => {
        const { user } = accounts[index]!;
        return { user: renames.get(user) ?? user, sql };
      }),
    )
    .filter(({ sql, user }) => !isForNextRun(sql, user, report));
  const unexpected = remaining.filter(({ user }) => !leftOut.has(user));
  const users = new Set([...leftOut.keys(), ...unexpected.map(({ user }) => user)]);
  if (users.size === 0) return { users, error: undefined };
  if (leftOut.size === 0) {
    const sql = unexpected.map(one => one.sql);
    return { users, error: new NotReachedError(cluster, ran, sql, "Plan again.") };
  }
  const changed = [...groupBy(unexpected, ({ user }) => user)].map(
    ([user, of]) =>
      `${user}: still to do: ${listSome(
        of.map(({ sql }) => sql),
        3,
      )}.`,
  );
  const reasons = [...leftOut.values(), ...changed];
  const others = `${ran === 1 ? "1 statement" : `${ran} statements`} ran. Left out: ${nameSome(users)}.`;
  const message = `${cluster}: ${others} ${sentences(reasons, REASONS_NAMED)} The next plan shows what is still to do.`;
  const onlyMoved = users.size === moved.size;
  return { users, error: onlyMoved ? new DatabaseMovedError(message) : new AccountsLeftOutError(message) };
}
