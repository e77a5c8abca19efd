import { UNSEEN_OBJECTS } from "./administrator-needs";
import { type NamesInGrants, spellDatabase } from "./database-name";
import {
  EVERY_USE,
  enabledEvents,
  eventsToDisable,
  objectName,
  objectNames,
  usedByObjects,
} from "./defined-objects";
import type { ObservedAccount, ObservedState } from "./observed-state";
import { type Operation, operation, Step } from "./operation";
import { quoteAccount } from "./quote";
import { revokeExtras } from "./revoke-extras";
import { revokeRows } from "./revoke-rows";
import { membersKeep, membersLose, type RoleEdges } from "./role-members";
import { isMandatory } from "./role-rules";
import { FORMS } from "./statement-forms";
import type { AccountPlan, StatementsRequest } from "./statements-request";
import { type RevocationRules, sortGrants } from "./unrevocable-grants";

/** The operations that remove an account, and what a reviewer must know about them. */
export type RemovalPlan = Pick<AccountPlan, "operations" | "notes" | "notGone" | "leftOut">;

const lock = (account: ObservedAccount, why: string): Operation[] =>
  account.locked ? [] : [operation(Step.Lock, account, FORMS.lock.write(), why)];

/** Locks the account and leaves its grants. */
export const lockAccount = (account: ObservedAccount, why: string, edges: RoleEdges): RemovalPlan => ({
  operations: lock(account, why),
  notes: membersKeep(account, edges),
  notGone: [],
  leftOut: [],
});

interface RemovalRules
  extends Omit<RevocationRules, "keeps">,
    Pick<StatementsRequest, "definers">,
    Pick<ObservedState, "setsDefiners"> {
  readonly roleEdges: RoleEdges;
  /** Whether it may be the definer of objects that the administrator does not see. */
  readonly isHiding: boolean;
}

/**
 * Drops the account, unless views, routines, triggers or events run with its rights, or may do so unseen:
 * MySQL 8.0 would drop it with a warning and break them. Such an account is locked, and its events are
 * disabled. It keeps what its objects may use in their own databases, or with `strip` nothing. Unseen objects
 * may be in any database. The objects are found beforehand, because the server does not refuse the DROP
 * reliably.
 */
export function planRemoval(account: ObservedAccount, rules: RemovalRules, why: string): RemovalPlan {
  const { definers, isHiding, names, setsDefiners } = rules;
  if (isMandatory(account, rules.roleRules)) return stripMandatory(account, rules, why);
  if (account.definerOf.length === 0 && !isHiding)
    return {
      operations: [operation(Step.Drop, account, FORMS.drop.write(), why)],
      notes: membersLose(account, rules.roleEdges),
      notGone: [],
      leftOut: [],
    };
  const isStripped = definers === "strip";
  const seen = usedByObjects(account, names);
  const used = (row: string) => (isStripped ? undefined : isHiding ? EVERY_USE : seen.get(row));
  const { revocations, unrevocable } = revokeUnused(account, used, rules);
  const rest = keepsToo(unrevocable);
  const disabled = setsDefiners ? eventsToDisable(account) : [];
  // Without EVENT none of its events runs.
  const enabled = unrevocable.length === 0 ? [] : enabledEvents(account);
  const running = objectNames(enabled.filter(event => !disabled.includes(event)).map(objectName));
  const runs = running && ` ITS EVENTS KEEP RUNNING: ${RUNNING}`;
  const objects = [...account.definerOf.map(objectName), ...(isHiding ? [UNSEEN_OBJECTS] : [])];
  const is = account.definerOf.length > 0 ? "is" : "may be";
  const note =
    `${quoteAccount(account)} has to be removed, but ${is} the DEFINER of ${objectNames(objects)}: ` +
    `it is locked, not gone. ${isStripped ? STRIPPED : isHiding ? HIDING : BLOCKED}${rest}${runs}`;
  return {
    operations: [
      ...lock(account, `${why}; locked, because objects ${is === "is" ? "" : "may "}run with its rights`),
      ...disabled.map(object => operation(Step.DisableEvent, account, FORMS.disableEvent.write(object), why)),
      ...revocations.map(revocation => ({ ...revocation, why })),
    ],
    notes: [note, ...membersKeep(account, rules.roleEdges)],
    notGone: objects,
    leftOut: running ? [`${running} keep running with its rights: ${RUNNING}`] : [],
  };
}

/**
 * Locks an account that every account has as a role, and takes all of its grants: the server does not drop it
 * (3628).
 */
function stripMandatory(account: ObservedAccount, rules: RemovalRules, why: string): RemovalPlan {
  const { revocations, unrevocable } = revokeUnused(account, () => undefined, rules);
  const note =
    `${quoteAccount(account)} has to be removed, but is a mandatory role, which the server does not drop: ` +
    `it is locked, not gone, and loses its grants.${keepsToo(unrevocable)} ` +
    "Take it out of mandatory_roles, then apply again.";
  return {
    operations: [
      ...lock(account, `${why}; locked, because it is a mandatory role`),
      ...revocations.map(revocation => ({ ...revocation, why })),
    ],
    notes: [note],
    notGone: ["a mandatory role", ...account.definerOf.map(objectName)],
    leftOut: [],
  };
}

const keepsToo = (unrevocable: readonly string[]): string =>
  unrevocable.length > 0 ? ` It also keeps what cannot be revoked: ${unrevocable.join(", ")}.` : "";

/** What the account's objects may use of the privileges in a row of `mysql.db`. */
type Used = (row: string) => ReadonlySet<string> | undefined;

/** Revokes what the account's objects do not use, as far as this administrator can. */
function revokeUnused(
  account: ObservedAccount,
  used: Used,
  rules: RemovalRules,
): { readonly revocations: readonly Operation[]; readonly unrevocable: readonly string[] } {
  const { names } = rules;
  const keeps = (row: string, privilege: string) => used(row)?.has(privilege) === true;
  const taken = withoutUsedGrants(account, used, names);
  const { revocable, unrevocable } = sortGrants(taken, { ...rules, keeps });
  const wanted = new Map(
    account.databases.map(({ name, privileges }) => [
      name,
      { privileges: privileges.filter(p => keeps(name, p)) },
    ]),
  );
  const revocations = [...revokeExtras(revocable), ...revokeRows(revocable, wanted, names)];
  return { revocations, unrevocable };
}

const RUNNING =
  "the administrator cannot revoke EVENT from it, and disables at most 1,000 events of it, or none if it lacks " +
  "SET_USER_ID (before 8.2) or SET_ANY_DEFINER.";
const STRIPPED = "It loses its grants, which breaks them.";
const BLOCKED =
  "It keeps only what they may use in their own databases, and its events are disabled. " +
  "Give them another definer, then apply again.";

const HIDING =
  "It keeps only what such objects may use of a database. Give the administrator the rights that it lacks.";

/** The account without what its objects may use of its grants on tables and routines: that stays. */
function withoutUsedGrants(account: ObservedAccount, used: Used, names: NamesInGrants): ObservedAccount {
  const isTaken = (database: string) => {
    const stays = used(spellDatabase(database, names));
    return (privilege: string) => stays?.has(privilege) !== true;
  };
  const tables = account.tables.map(table => ({
    ...table,
    privileges: table.privileges.filter(isTaken(table.database)),
    columns: table.columns.filter(({ privilege }) => isTaken(table.database)(privilege)),
  }));
  const routines = account.routines.map(routine => ({
    ...routine,
    privileges: routine.privileges.filter(isTaken(routine.database)),
  }));
  return {
    ...account,
    tables: tables.filter(t => t.privileges.length > 0 || t.columns.length > 0 || t.grantOption),
    routines: routines.filter(r => r.privileges.length > 0 || r.grantOption),
  };
}
