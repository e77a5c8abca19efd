import { ANY_HOST, stagingHost } from "../roster/account-hosts";
import { type AccountChange, heldInDatabase } from "./account-change";
import type { DesiredAccount, DesiredDatabase } from "./desired-account";
import { createServer, grantServer } from "./desired-server";
import { grantItems, grantObjects } from "./grant-objects";
import type { AccountId, ObservedAccount } from "./observed-state";
import { type Operation, operation, Step } from "./operation";
import { changeLogin, revokeExtras } from "./revoke-extras";
import { onDatabase, revokeRows } from "./revoke-rows";
import { FORMS } from "./statement-forms";

const grant = (
  step: Step,
  account: AccountId,
  { role, spelled }: DesiredDatabase,
  privileges: readonly string[],
): Operation => operation(step, account, FORMS.grant.write(privileges, onDatabase(spelled)), `role ${role}`);

/** Last of all: what else lets somebody in comes before. */
const unlock = (account: DesiredAccount): Operation => ({
  ...operation(Step.Unlock, account, FORMS.unlock.write(), "declared and not suspended, but locked"),
  rank: 1,
});

/** Removes what keeps a holder of the token out. It takes nothing, so open sessions go on. */
const letIn = (
  account: DesiredAccount,
  { blocksFailedLogins, moreFactors }: ObservedAccount,
): Operation[] => [
  ...(blocksFailedLogins
    ? [operation(Step.Unlock, account, FORMS.unblock.write(), "wrong tokens would block it")]
    : []),
  ...(moreFactors > 0
    ? [
        operation(
          Step.Unlock,
          account,
          FORMS[moreFactors > 1 ? "dropBothFactors" : "dropSecondFactor"].write(),
          "logs in by IAM token alone",
        ),
      ]
    : []),
];

function rename(account: AccountId, to: DesiredAccount): Operation[] {
  const why =
    account.user !== to.user
      ? "has another name"
      : account.host !== to.host
        ? `logs in from \`${to.host}\``
        : undefined;
  if (why === undefined) return [];
  const { host, user } = to;
  return [{ ...operation(Step.Rename, account, FORMS.rename.write(to), why), becomes: { user, host } }];
}

/**
 * Creates an account with all of its grants. One that is suspended stays locked.
 *
 * Where its user name exists at other hosts, logins go on with these until it is complete. One of `%` is
 * locked until then, since the server prefers each other host. Any other would take logins at once, locked or
 * not: it is made under a host that no client has, and gets its own at the end.
 * @param hasOthers whether its user name exists at other hosts
 */
export function createAccount(account: DesiredAccount, hasOthers: boolean): Operation[] {
  const { databases, host, isSuspended, objects, server, terms } = account;
  const waits = hasOthers && !isSuspended;
  const isStaged = waits && host !== ANY_HOST;
  const isLocked = isSuspended || (waits && !isStaged);
  const made = isStaged ? { ...account, host: stagingHost(host) } : account;
  const create = FORMS[isLocked ? "createLocked" : "create"].write(terms);
  return [
    operation(Step.Create, made, create, "declared"),
    ...databases.map(database => grant(Step.GrantNew, made, database, database.privileges)),
    ...objects.flatMap(object => grantItems(Step.GrantNew, made, object, object.items)),
    ...createServer(made, server),
    ...(isStaged ? takePlace(made, account) : []),
    ...(waits && isLocked ? [unlock(account)] : []),
  ];
}

/**
 * Gives an account its host. The server remembers what a user name from an address may do in a database, and
 * RENAME USER does not make it forget: a login would have the rights of before (measured). The statement
 * after it changes nothing, and does.
 */
function takePlace(from: AccountId, { host, user }: DesiredAccount): Operation[] {
  const to = { user, host };
  const why = `complete: logins from \`${host}\` use it now`;
  const forget = operation(Step.TakePlace, to, FORMS.unlock.write(), "the server forgets earlier rights");
  return [
    { ...operation(Step.TakePlace, from, FORMS.rename.write(to), why), becomes: to },
    { ...forget, rank: 1 },
  ];
}

/**
 * Drops the account and creates it again: the last resort if it has grants that cannot be revoked one by one.
 * @param hasOthers see `createAccount`
 */
export const recreateAccount = (
  account: DesiredAccount,
  existing: AccountId,
  hasOthers: boolean,
): Operation[] => [
  operation(Step.Drop, existing, FORMS.drop.write(), "has grants that cannot be revoked; created again"),
  ...createAccount(account, hasOthers),
];

/**
 * The operations that turn an existing account into the desired one. What is already right is not touched.
 */
export function diffAccount(change: AccountChange): Operation[] {
  const { desired, existing, observed, names } = change;
  const rows = new Map(observed.databases.map(row => [row.name, row]));
  const grants = desired.databases.flatMap(database => {
    const has = rows.get(database.spelled)?.privileges ?? [];
    const missing = database.privileges.filter(p => !has.includes(p));
    if (missing.length === 0) return [];
    const isHeld = heldInDatabase(change, database);
    const held = missing.filter(isHeld);
    const fresh = missing.filter(p => !held.includes(p));
    return [
      ...(held.length > 0 ? [grant(Step.GrantHeld, observed, database, held)] : []),
      ...(fresh.length > 0 ? [grant(Step.GrantNew, desired, database, fresh)] : []),
    ];
  });
  return [
    ...grants,
    ...grantObjects(change),
    ...grantServer({ to: desired, existing, revoked: observed, roleRules: names }),
    ...changeLogin(change),
    ...revokeExtras(observed),
    ...revokeRows(observed, new Map(desired.databases.map(database => [database.spelled, database])), names),
    ...rename(observed, desired),
    ...(desired.terms.login === "existing" ? [] : letIn(desired, observed)),
    ...(observed.locked && !desired.isSuspended ? [unlock(desired)] : []),
  ];
}
