import { type NamesInGrants, rowReaches, specificity } from "./database-name";
import type { DesiredAccount, DesiredDatabase } from "./desired-account";
import { IAM_LOGIN, REQUIRE_TLS } from "./iam-login";
import type { ObservedAccount, ObservedDatabaseGrant } from "./observed-state";
import { type Operation, Step } from "./operation";
import { quoteIdentifier } from "./quote";
import { changeLogin, revokeExtras } from "./revoke-extras";
import { narrowFirst } from "./tied-rows";

const on = (spelled: string) => `ON ${quoteIdentifier(spelled)}.*`;

const give = (step: Step, account: DesiredAccount, database: DesiredDatabase, privileges: readonly string[]): Operation => ({
  step,
  account,
  before: `GRANT ${privileges.join(", ")} ${on(database.spelled)} TO`,
  why: `role ${database.role}`,
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

const unlock = (account: DesiredAccount): Operation => ({
  step: Step.Unlock,
  account,
  before: "ALTER USER",
  after: " ACCOUNT UNLOCK",
  why: "declared, yet locked",
});

/**
 * Whether the account may hold the privilege in the database already from something that is about to be taken away:
 * it is then given before, so that no moment is without it. Errs towards yes, which gives nothing that is not declared.
 */
function heldElsewhere(
  observed: ObservedAccount,
  database: DesiredDatabase,
  names: NamesInGrants,
): (privilege: string) => boolean {
  const broader = new Set<string>(observed.globalPrivileges);
  for (const row of observed.databases) {
    if (row.name !== database.spelled && rowReaches(row.name, database.database, names))
      for (const p of row.privileges) broader.add(p);
  }
  for (const table of observed.tables) {
    if (table.database !== database.spelled && table.database !== database.database) continue;
    for (const p of [...table.privileges, ...table.columns.map(c => c.privilege)]) broader.add(p);
  }
  for (const routine of observed.routines)
    if (routine.database === database.database) for (const p of routine.privileges) broader.add(p);
  const restricted = new Set(observed.restrictions.filter(r => r.database === database.database).flatMap(r => r.privileges));
  // With a partial revoke on the database, a GRANT there would lift it instead of writing a row (measured): it waits for the end.
  return privilege => !restricted.has(privilege) && (observed.roles.length > 0 || broader.has(privilege));
}

/**
 * What turns an existing account into the desired one. What is right already is never touched.
 * @param wipe take everything away at once and give it anew, for what cannot be revoked one by one
 */
export function diffAccount(
  desired: DesiredAccount,
  observed: ObservedAccount,
  names: NamesInGrants,
  wipe: boolean,
): Operation[] {
  const operations: Operation[] = [...changeLogin(observed)];
  const rows = new Map(observed.databases.map(row => [row.name, row]));
  const wanted = new Map(desired.databases.map(database => [database.spelled, database]));

  for (const database of desired.databases) {
    const has = wipe ? undefined : rows.get(database.spelled);
    const missing = database.privileges.filter(p => !has?.privileges.includes(p));
    const isHeld = wipe ? () => false : heldElsewhere(observed, database, names);
    const held = missing.filter(isHeld);
    const fresh = missing.filter(p => !isHeld(p));
    if (held.length > 0) operations.push(give(Step.GiveHeld, desired, database, held));
    if (fresh.length > 0) operations.push(give(Step.GiveNew, desired, database, fresh));
  }

  const narrowed = narrowFirst(observed, names);
  const revokeRow = (row: ObservedDatabaseGrant): Operation[] => {
    const role = wanted.get(row.name);
    const extra = row.privileges.filter(p => !(role?.privileges as readonly string[] | undefined)?.includes(p));
    const first = extra.filter(p => narrowed.get(row.name)?.includes(p));
    const rest = [...extra.filter(p => !first.includes(p)), ...(row.grantOption ? ["GRANT OPTION"] : [])];
    const revoke = (rank: number, items: readonly string[]): Operation => ({
      step: Step.RevokeDatabase,
      rank,
      account: observed,
      before: `REVOKE ${items.join(", ")} ${on(row.name)} FROM`,
      why: role ? `more than role ${role.role}` : "nobody declared it",
    });
    const rank = specificity(row.name, names);
    return [...(first.length > 0 ? [revoke(rank - 0.5, first)] : []), ...(rest.length > 0 ? [revoke(rank, rest)] : [])];
  };

  const extras = revokeExtras(observed);
  if (wipe) {
    operations.push({
      step: Step.RevokeEverything,
      account: observed,
      before: "REVOKE ALL PRIVILEGES, GRANT OPTION FROM",
      why: "holds what cannot be taken away safely one by one",
    });
    operations.push(...extras.filter(o => o.step === Step.RevokeRole || o.step === Step.RevokeProxy));
  } else {
    operations.push(...extras);
    for (const row of observed.databases) operations.push(...revokeRow(row));
  }
  if (observed.locked) operations.push(unlock(desired));
  return operations;
}
