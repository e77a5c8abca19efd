import type { DesiredAccount } from "./desired-account";
import { createAccount, diffAccount, recreateAccount } from "./diff-account";
import { IAM_PLUGIN } from "./iam-login";
import type { ObservedAccount } from "./observed-state";
import { Step } from "./operation";
import { ownRoutines } from "./own-routines";
import { quoteAccount } from "./quote";
import type { AccountPlan, StatementsRequest } from "./statements-request";
import { unrevocableGrants } from "./unrevocable-grants";
import { unsupportedReasons } from "./unsupported-accounts";

/** After these, what an open session could do before goes on (only what is taken at table level bites at once). */
const ENDS_SESSIONS: ReadonlySet<Step> = new Set([
  Step.Drop,
  Step.Lock,
  Step.ChangeLogin,
  Step.RevokeRole,
  Step.RevokeDynamic,
  Step.RevokeGlobal,
  Step.RevokeProxy,
  Step.RevokeDatabase,
]);

/**
 * What a declared account needs.
 * @param same the existing accounts of its name, at whichever host
 */
export function planDeclared(
  account: DesiredAccount,
  same: readonly ObservedAccount[],
  request: StatementsRequest,
): AccountPlan {
  const problems = unsupportedReasons(account, request);
  const exact = same.find(({ host }) => host === account.host);
  if (exact) {
    const changed = change(
      account,
      exact,
      same.filter(other => other !== exact),
      request,
    );
    const ended = changed.operations.some(({ step }) => ENDS_SESSIONS.has(step)) ? [exact] : [];
    const notes = [...takenOver(exact), ...changed.notes];
    return {
      operations: changed.operations,
      notes,
      problems: [...problems, ...changed.problems],
      ended,
      settled: [exact],
      isNew: false,
    };
  }
  const [only] = same;
  if (same.length === 1 && only!.definerOf.length === 0) {
    const changed = change(account, only!, [], request);
    return {
      ...changed,
      problems: [...problems, ...changed.problems],
      ended: [account],
      settled: [only!],
      isNew: false,
    };
  }
  const operations = createAccount(account, same.length > 0);
  return { operations, notes: [], problems, ended: [], settled: [], isNew: same.length === 0 };
}

const takenOver = (account: ObservedAccount): string[] =>
  account.plugin === IAM_PLUGIN
    ? []
    : [
        `${quoteAccount(account)} exists and logs in by ${account.plugin}: it is taken over, and what it logs in with today ends.`,
      ];

/** What turns the account that was found into the declared one, anew where what it holds cannot be taken away. */
function change(
  account: DesiredAccount,
  found: ObservedAccount,
  beside: readonly ObservedAccount[],
  { administrator, observed }: StatementsRequest,
): Pick<AccountPlan, "operations" | "notes" | "problems"> {
  const own = ownRoutines(account, found);
  const existing =
    own.length === 0 ? found : { ...found, routines: found.routines.filter(grant => !own.includes(grant)) };
  const name = quoteAccount(found);
  const notes = own.map(
    ({ database, privileges, routine, type }) =>
      `${name} holds ${privileges.join(", ")} on ${type} ${database}.${routine}, which it created: that stays.`,
  );
  const wanted = new Map(account.databases.map(d => [d.spelled, new Set<string>(d.privileges)]));
  const stuck = unrevocableGrants(
    existing,
    (row, p) => wanted.get(row)?.has(p) === true,
    administrator,
    observed,
  );
  if (stuck.length === 0)
    return { operations: diffAccount(account, existing, beside, observed), notes, problems: [] };
  const holds = `${name} holds what cannot be revoked (${stuck.join(", ")})`;
  if (existing.definerOf.length > 0) {
    const objects = existing.definerOf.join(", ");
    const problem = `${holds} and cannot be dropped either, as it is the DEFINER of ${objects}: give them another definer.`;
    return { operations: [], notes, problems: [problem] };
  }
  const gap = `${holds}: it is dropped and created anew, and has no access between the two.`;
  return { operations: recreateAccount(account, existing), notes: [...notes, gap], problems: [] };
}
