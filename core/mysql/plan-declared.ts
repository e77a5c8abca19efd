import { type GrantedObject, isOfServer, placeText } from "../roster/granted-object";
import { grantsOf, holdsAt, type PlacedGrant } from "../roster/roster";
import type { AccountChange } from "./account-change";
import { accountNotes, loginNotes } from "./account-notes";
import { rowReaches, rowReachesGrant } from "./database-name";
import { eventKey } from "./defined-objects";
import type { DesiredAccount } from "./desired-account";
import { heldServer } from "./desired-server";
import { createAccount, diffAccount, recreateAccount } from "./diff-account";
import { withNames } from "./existing-names";
import { existingAccount, type FormerAccounts, NO_FORMER } from "./former-account";
import { notDropped } from "./not-dropped";
import { heldItems } from "./object-items";
import { keyOfObject } from "./object-names";
import type { ObservedAccount } from "./observed-state";
import { endsSessions, type Operation, operation, Step } from "./operation";
import { quoteAccount } from "./quote";
import { ungrantableReasons } from "./restricted-grants";
import { membersLoseForGood } from "./role-members";
import { serverNotes } from "./server-problems";
import { FORMS } from "./statement-forms";
import { type AccountPlan, NOTHING, type StatementsRequest } from "./statements-request";
import { suspend, suspendedGrants, suspendedNotes } from "./suspend";
import { renamedSessions, renameNote, renaming, withoutRename } from "./taken-over";
import { undeclaredPart } from "./undeclared-part";
import { sortGrants } from "./unrevocable-grants";
import { absentReason, orphanedReasons, unsupportedReasons } from "./unsupported-accounts";

/**
 * Plans a declared account: creates it, changes it, or takes over the one account of its name at another
 * host.
 */
export function planDeclared(
  account: DesiredAccount,
  same: readonly ObservedAccount[],
  request: StatementsRequest,
  former: FormerAccounts = NO_FORMER,
): AccountPlan {
  const { host, hosts, user } = account;
  const existing = existingAccount(account, same, former);
  const exact = existing?.user === user && existing.host === host ? existing : undefined;
  const problems = unsupportedReasons(account, exact, request, existing);
  const only = existing?.user === user && !exact ? existing : undefined;
  const others = hosts.length > 1 ? [] : same;
  const orphaned = exact ? [] : orphanedReasons(account, request);
  const ungrantable = orphaned.length > 0 ? orphaned : ungrantableReasons(account, existing, request);
  // Who cannot log in as declared yet keeps the account that exists.
  if (ungrantable.length > 0 && !exact)
    return {
      ...(only ? planInPlace(account, only, request) : { ...NOTHING, user, handled: others }),
      problems,
      leftOut: ungrantable,
      isUngrantable: true,
    };
  if (!existing && account.terms.login === "existing")
    return { ...NOTHING, user, handled: others, problems: [...problems, absentReason(account)] };
  if (!existing) {
    const isNew = same.length === 0;
    const operations = createAccount(account, !isNew || (hosts.length > 1 && former.renamed.size > 0));
    const notes = [...former.notes, ...serverNotes(account, undefined, request.administrator)];
    return { ...NOTHING, user, operations, notes, problems, isNew };
  }
  const gets = request.roster.accounts[user]?.givesNothing !== true;
  const otherHosts = gets ? same.filter(other => other !== existing) : []; // Else nothing replaces them.
  const { now, observed: names } = request;
  const desired = account.isSuspended ? suspendedGrants(account, existing, names) : account;
  const password = account.terms.login && request.passwords?.get(quoteAccount(existing));
  const change = changeAccount({ desired, observed: existing, otherHosts, names, password, now }, request);
  const isRenamed = existing.user !== user;
  // One that would have to be dropped stays until the new one is complete.
  if (isRenamed && (change.isStuck || change.operations.some(isDrop)))
    return planDeclared(account, same, request, withoutRename(former, account));
  const operations = isRenamed ? renaming(change.operations, former, account) : change.operations;
  const ends = isRenamed ? renamedSessions(former, account) : [existing];
  return {
    user,
    operations: [...operations, ...enableEvents(account, existing, request)],
    notes: [
      ...(exact ? loginNotes(exact, account, operations, now) : []),
      ...(isRenamed ? [renameNote(former, account)] : former.notes),
      ...change.notes,
      ...serverNotes(account, existing, request.administrator),
    ],
    problems,
    leftOut: [...new Set([...change.leftOut, ...ungrantable])],
    isUngrantable: ungrantable.length > 0 || change.isStuck === true,
    isNew: false,
    notGone: NOTHING.notGone,
    endSessions: exact && !change.operations.some(endsSessions) ? NOTHING.endSessions : ends,
    handled: [existing],
  };
}

/**
 * Plans the declared account as one that exists by another name or at another host, and is not renamed. What
 * it gives must not run.
 */
export function planInPlace(
  account: DesiredAccount,
  existing: ObservedAccount,
  request: StatementsRequest,
): AccountPlan {
  const { formerly: _, ...rest } = account;
  const { host, user } = existing;
  const roster = withNames(request.roster, new Map([[account.user, user]]));
  const plan = planDeclared({ ...rest, user, host, hosts: [host] }, [existing], { ...request, roster });
  return { ...plan, user: account.user, problems: [] };
}

/**
 * What the grants in the roster are on that have ended, and of which the account keeps what cannot be
 * revoked.
 */
function keptEnded(
  found: ObservedAccount,
  revocable: ObservedAccount,
  keeps: (row: string, privilege: string) => boolean,
  { now, observed, roster }: StatementsRequest,
): string[] {
  const account = roster.accounts[found.user];
  const ended = account ? grantsOf(account).filter(({ grant }) => !holdsAt(grant, now)) : [];
  const [held, taken] = [heldItems(found, observed), heldItems(revocable, observed)];
  const keepsItem = (key: string) => [...(held.get(key) ?? [])].some(item => !taken.get(key)?.has(item));
  const [server, takenServer] = [heldServer(found), heldServer(revocable)];
  const keepsServer = ({ kind, name }: GrantedObject) =>
    kind === "PRIVILEGE"
      ? server.privileges.has(name) && !takenServer.privileges.has(name)
      : server.roles.has(name) && !takenServer.roles.has(name);
  const keepsRow = (place: PlacedGrant) =>
    found.databases.some(({ name, privileges }) => {
      const gone = revocable.databases.find(row => row.name === name)?.privileges ?? [];
      return (
        rowReachesGrant(name, place.database, place.object?.kind === "PATTERN", observed) &&
        privileges.some(privilege => !keeps(name, privilege) && !gone.includes(privilege))
      );
    });
  const kept = ended
    .filter(place => {
      const { object } = place;
      if (object && isOfServer(object)) return keepsServer(object);
      return keepsRow(place) || (object && keepsItem(keyOfObject(object, observed)));
    })
    .map(({ database, object }) => placeText(database, object));
  return [...new Set(kept)];
}

/**
 * What an account keeps for good when it is renamed. MySQL stores routine grants of a name outside ASCII
 * wrongly, RENAME USER does not change that, and the next restart loses them: the new name is granted them
 * again.
 */
const keptByRename = (existing: ObservedAccount, { user }: DesiredAccount): ObservedAccount =>
  user !== existing.user && /[^ -~]/.test(existing.user) ? { ...existing, routines: [] } : existing;

const isDrop = ({ step }: Operation): boolean => step === Step.Drop;
const isLock = ({ step }: Operation): boolean => step === Step.Lock;

/** Enables the events that were disabled when the account's access ended, where it has access again. */
function enableEvents(
  desired: DesiredAccount,
  existing: ObservedAccount,
  { disabledEvents, observed }: StatementsRequest,
): Operation[] {
  if (desired.isSuspended) return [];
  const reaches = (database: string) =>
    desired.databases.some(({ spelled }) => rowReaches(spelled, database, observed));
  return existing.definerOf
    .filter(({ database, enabled, kind }) => {
      return kind === "EVENT" && !enabled && reaches(database);
    })
    .filter(object => disabledEvents?.has(eventKey(existing, object)))
    .map(object =>
      operation(Step.EnableEvent, existing, FORMS.enableEvent.write(object), "its access has returned"),
    );
}

interface ChangedAccount extends Pick<AccountPlan, "operations" | "notes" | "leftOut"> {
  /** Whether it would be created again, and could not get back all that is declared. It then only loses. */
  readonly isStuck?: boolean;
}

/**
 * Turns an existing account into the declared one. If it has grants that cannot be revoked, it is created
 * again. If that is not possible either, it gets all the rest, and is left out.
 */
function changeAccount(
  change: Omit<AccountChange, "held" | "existing">,
  request: StatementsRequest,
): ChangedAccount {
  const { administrator, observed } = request;
  const { desired, names, now, observed: existing, otherHosts, password } = change;
  const { found, own } = undeclaredPart(desired, existing, names);
  const name = quoteAccount(existing);
  const notes = [
    ...accountNotes(existing, own),
    ...(desired.isSuspended ? suspendedNotes(existing, observed) : []),
  ];
  const wanted = new Map(desired.databases.map(d => [d.spelled, new Set<string>(d.privileges)]));
  const keeps = (row: string, privilege: string) => wanted.get(row)?.has(privilege) === true;
  const { revocable, unrevocable } = sortGrants(found, {
    keeps,
    administrator,
    names,
    roleRules: observed,
  });
  const held = heldItems(keptByRename(existing, desired), names);
  const operations = [
    ...diffAccount({ desired, existing, held, names, now, observed: revocable, otherHosts, password }),
    ...(desired.isSuspended ? suspend(existing, observed) : []),
  ];
  if (unrevocable.length === 0) return { operations, notes, leftOut: [] };
  const has = `${name} has grants that cannot be revoked (${unrevocable.join(", ")})`;
  const { isStuck, reasons: leftOut } = notDropped(desired, found, has, request);
  if (leftOut.length > 0) {
    const kept = keptEnded(found, revocable, keeps, request);
    if (kept.length === 0) return { operations, notes, leftOut, isStuck };
    // Access that ended must not go on because nobody can take it, so it is shut out as a whole.
    const why = `its access to ${kept.join(", ")} has ended, and cannot be revoked`;
    const shut = operations.filter(({ step }) => step !== Step.Unlock);
    return {
      operations:
        shut.some(isLock) || existing.locked
          ? shut
          : [...shut, operation(Step.Lock, existing, FORMS.lock.write(), why)],
      notes,
      leftOut: [...leftOut, `It is locked: ${why}.`],
      isStuck,
    };
  }
  const gap = `${has}: it is dropped and created again, and has no access between the two.`;
  const members = membersLoseForGood(existing, observed.outside.roles);
  const hasOthers = change.otherHosts.length > 0;
  return {
    operations: recreateAccount(desired, found, hasOthers),
    notes: [...notes, gap, ...members],
    leftOut: [],
  };
}
