import { hidesDefiners } from "./administrator-needs";
import type { DesiredAccount } from "./desired-account";
import { type AccountChange, createAccount, diffAccount, recreateAccount } from "./diff-account";
import { IAM_PLUGIN } from "./iam-login";
import type { ObservedAccount, ObservedRoutineGrant } from "./observed-state";
import { ENDS_SESSIONS, type Operation } from "./operation";
import { ownRoutines } from "./own-routines";
import { quoteAccount } from "./quote";
import type { AccountPlan, StatementsRequest } from "./statements-request";
import { unrevocableGrants } from "./unrevocable-grants";
import { unsupportedReasons } from "./unsupported-accounts";

/**
 * After these steps an open session keeps what the account could do before. Table grants are checked at each
 * use.
 */
const endsSessions = ({ step }: Operation): boolean => ENDS_SESSIONS.has(step);

/**
 * Plans a declared account: creates it, changes it, or takes over the one account of its name at another
 * host.
 * @param same the existing accounts of its user name, at any host
 */
export function planDeclared(
  account: DesiredAccount,
  same: readonly ObservedAccount[],
  request: StatementsRequest,
): AccountPlan {
  const { user } = account;
  const problems = unsupportedReasons(account, request);
  const exact = same.find(({ host }) => host === account.host);
  const only = same.length === 1 && same[0]!.definerOf.length === 0 ? same[0] : undefined;
  const existing = exact ?? only;
  if (!existing) {
    const operations = createAccount(account, same.length > 0);
    const isNew = same.length === 0;
    return { user, operations, notes: [], problems, endSessions: [], handled: [], isNew };
  }
  const otherHosts = same.filter(other => other !== existing);
  const names = request.observed;
  const change = changeAccount({ desired: account, observed: existing, otherHosts, names }, request);
  return {
    user,
    operations: change.operations,
    notes: exact ? [...takenOver(exact), ...change.notes] : change.notes,
    problems: [...problems, ...change.problems],
    endSessions: exact ? (change.operations.some(endsSessions) ? [exact] : []) : [account],
    handled: [existing],
    isNew: false,
  };
}

const takenOver = (account: ObservedAccount): string[] =>
  account.plugin === IAM_PLUGIN
    ? []
    : [
        `${quoteAccount(account)} exists and logs in by ${account.plugin}. ` +
          "It is taken over: it logs in by IAM token from then on, and its present login ends.",
      ];

/**
 * Turns an existing account into the declared one. If it has grants that cannot be revoked, it is created
 * again.
 */
function changeAccount(
  change: AccountChange,
  request: StatementsRequest,
): Pick<AccountPlan, "operations" | "notes" | "problems"> {
  const { administrator } = request;
  const { desired, names, observed: existing } = change;
  const own = ownRoutines(desired, existing);
  const routines = existing.routines.filter(grant => !own.includes(grant));
  const found = own.length === 0 ? existing : { ...existing, routines };
  const name = quoteAccount(existing);
  const held = ({ database, privileges, routine, type }: ObservedRoutineGrant) =>
    `${name} holds ${privileges.join(", ")} on ${type} ${database}.${routine}`;
  const notes = [
    ...own.map(grant => `${held(grant)}, which it created. It keeps them.`),
    ...(existing.idleRoutines ?? []).map(
      grant =>
        `${held(grant)}, a name that the server stored wrongly. No REVOKE finds it, and it gives nothing.`,
    ),
  ];
  const wanted = new Map(desired.databases.map(d => [d.spelled, new Set<string>(d.privileges)]));
  const keeps = (row: string, privilege: string) => wanted.get(row)?.has(privilege) === true;
  const unrevocable = unrevocableGrants(found, { keeps, administrator, names });
  if (unrevocable.length === 0)
    return { operations: diffAccount({ ...change, observed: found }), notes, problems: [] };
  const has = `${name} has grants that cannot be revoked (${unrevocable.join(", ")})`;
  const hidden = hidesDefiners(request.observed) ? ["objects that the administrator may not see"] : [];
  const owned = [...found.definerOf, ...hidden];
  if (owned.length > 0) {
    const objects = owned.join(", ");
    const problem =
      `${has}, and it cannot be dropped either, because it is the DEFINER of ${objects}: ` +
      "give them another definer.";
    return { operations: [], notes, problems: [problem] };
  }
  const gap = `${has}: it is dropped and created again, and has no access between the two.`;
  return { operations: recreateAccount(desired, found), notes: [...notes, gap], problems: [] };
}
