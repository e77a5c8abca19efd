import { type NamesInGrants, rowReaches } from "./database-name";
import type { DesiredAccount, DesiredDatabase } from "./desired-account";
import { IAM_LOGIN, REQUIRE_TLS } from "./iam-login";
import type { AccountId, ObservedAccount } from "./observed-state";
import { type Operation, Step } from "./operation";
import { quoteAccount } from "./quote";
import { changeLogin, revokeExtras } from "./revoke-extras";
import { onDatabase, revokeRows } from "./revoke-rows";

const give = (
  step: Step,
  account: AccountId,
  database: DesiredDatabase,
  privileges: readonly string[],
): Operation => ({
  step,
  account,
  before: `GRANT ${privileges.join(", ")} ${onDatabase(database.spelled)} TO`,
  why: `role ${database.role}`,
});

const unlock = (account: DesiredAccount): Operation => ({
  step: Step.Unlock,
  account,
  before: "ALTER USER",
  after: " ACCOUNT UNLOCK",
  why: "declared, yet locked",
});

const rename = (from: AccountId, to: DesiredAccount): Operation => ({
  step: Step.Rename,
  account: from,
  before: "RENAME USER",
  after: ` TO ${quoteAccount(to)}`,
  why: `logs in from \`${to.host}\``,
});

/** A new account, with all of its grants. `locked`: beside accounts of the same name it must not be reached half-made. */
export function createAccount(account: DesiredAccount, locked: boolean): Operation[] {
  const after = locked ? `${REQUIRE_TLS} ACCOUNT LOCK` : REQUIRE_TLS;
  return [
    { step: Step.Create, account, before: "CREATE USER", each: IAM_LOGIN, after, why: "declared" },
    ...account.databases.map(database => give(Step.GiveNew, account, database, database.privileges)),
    ...(locked ? [unlock(account)] : []),
  ];
}

/** Drops the account and makes it anew: the last way where what it holds cannot be taken away one by one. */
export const recreateAccount = (account: DesiredAccount, existing: AccountId): Operation[] => [
  {
    step: Step.Drop,
    account: existing,
    before: "DROP USER",
    why: "holds what cannot be revoked; created anew",
  },
  ...createAccount(account, false),
];

/**
 * Whether the account may hold the privilege in the database already from something that is about to be taken away:
 * it is then given before, so that no moment is without it. Errs towards yes, which gives nothing that is not declared.
 */
function heldElsewhere(
  observed: ObservedAccount,
  beside: readonly ObservedAccount[],
  database: DesiredDatabase,
  names: NamesInGrants,
): (privilege: string) => boolean {
  const held = new Set<string>();
  const add = (privileges: readonly string[]) => {
    for (const privilege of privileges) held.add(privilege);
  };
  const all = [observed, ...beside];
  for (const account of all) {
    add(account.globalPrivileges);
    for (const row of account.databases) {
      if (account === observed && row.name === database.spelled) continue;
      if (rowReaches(row.name, database.database, names)) add(row.privileges);
    }
    for (const table of account.tables) {
      if (table.database === database.database)
        add([...table.privileges, ...table.columns.map(c => c.privilege)]);
    }
    for (const routine of account.routines)
      if (routine.database === database.database) add(routine.privileges);
  }
  // With a partial revoke on the database, a GRANT there would lift it instead of writing a row (measured): it waits for the end.
  const restricted = new Set(
    observed.restrictions.filter(r => r.database === database.database).flatMap(r => r.privileges),
  );
  return privilege =>
    !restricted.has(privilege) && (all.some(account => account.roles.length > 0) || held.has(privilege));
}

/**
 * What turns an existing account, of this host or another, into the desired one. What is right already is never touched.
 * @param beside other accounts of the name, which log in in its stead where their hosts are nearer
 */
export function diffAccount(
  desired: DesiredAccount,
  observed: ObservedAccount,
  beside: readonly ObservedAccount[],
  names: NamesInGrants,
): Operation[] {
  const rows = new Map(observed.databases.map(row => [row.name, row]));
  const gives = desired.databases.flatMap(database => {
    const has = rows.get(database.spelled)?.privileges ?? [];
    const missing = database.privileges.filter(p => !has.includes(p));
    const isHeld = heldElsewhere(observed, beside, database, names);
    const held = missing.filter(isHeld);
    const fresh = missing.filter(p => !held.includes(p));
    return [
      ...(held.length > 0 ? [give(Step.GiveHeld, observed, database, held)] : []),
      ...(fresh.length > 0 ? [give(Step.GiveNew, desired, database, fresh)] : []),
    ];
  });
  return [
    ...gives,
    ...changeLogin(observed),
    ...revokeExtras(observed),
    ...revokeRows(observed, new Map(desired.databases.map(database => [database.spelled, database])), names),
    ...(observed.host === desired.host ? [] : [rename(observed, desired)]),
    ...(observed.locked ? [unlock(desired)] : []),
  ];
}
