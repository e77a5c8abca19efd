import { type PlacedTerms, placeKey, type RosterChange, termsOf } from "../../../core/audit";
import { canonicalJson, defined, type Json } from "../../../core/json";
import { type Roster, type RosterAccount, USER_KINDS } from "../../../core/roster/roster";
import type { AssembledUsers, User } from "../../../core/users";
import { type Edit, type NewUser, userFileText } from "../../../reader";
import { UsageError } from "../../terminal/errors";
import { type FolderEdit, fileOf } from "../edit/folder-edit";
import { fileName } from "../new";
import { termsOnText, termsText, whereText } from "./file-terms";
import type { RecordedSet } from "./recorded-set";
import { undoEdits } from "./undo-grants";

/** What an undo does to the files, or why it cannot. */
export interface Undo {
  readonly said: readonly string[];
  /** Where the files changed since. */
  readonly conflicts: readonly string[];
}

/** Edits the files so that they declare what they did before the change set. Proves it afterwards. */
export function undoSet(edit: FolderEdit, { changes, cluster }: RecordedSet): Undo {
  const accountOf = (users: AssembledUsers, user: string) =>
    Object.values(users.rosters[cluster]?.accounts ?? {}).find(account => account.user === user);
  const conflicts = changes.flatMap(change =>
    conflictsOf(change, edit, accountOf(edit.before, change.user), cluster),
  );
  if (conflicts.length > 0) return { said: [], conflicts };
  const said = changes.flatMap(change => undoChange(edit, cluster, change));
  if (edit.problems().length > 0) return { said, conflicts: [] };
  const after = edit.after().users;
  const users = new Map(changes.map(change => [change.user, change]));
  const wrong = changes.filter(change => {
    const wanted = termsAfter(termsOf(accountOf(edit.before, change.user)), change);
    return !isSame(wanted, termsOf(accountOf(after, change.user)));
  });
  const others = otherChanges(
    edit.before,
    after,
    (name, account) => name === cluster && users.has(account.user),
  );
  return {
    said,
    conflicts: [
      ...wrong.map(({ user }) => `${user}: the file cannot say again what it said before; write it by hand`),
      ...others.map(user => `${user}: an undo would change other grants, too; write it by hand`),
    ],
  };
}

/** Where the files no longer say what the change set gave, or say something where it took. */
function conflictsOf(
  { account, gave = [], took = [], user, was, wasSuspended }: RosterChange,
  edit: FolderEdit,
  now: RosterAccount | undefined,
  cluster: string,
): string[] {
  const declared = edit.before.users.find(({ username }) => username === user);
  if (!declared && !was) return [`${user} (${account}): no file has this user any more`];
  if (!declared && !canBeNew(user, edit))
    return [`${user} (${account}): no file can be named ${user}.yaml; make it by hand`];
  const terms = termsOf(now);
  const given = gave.flatMap(one => {
    const found = terms.get(placeKey(one));
    if (found && canonicalJson(found as Json) === canonicalJson(one as Json)) return [];
    const is = found ? `it is now ${termsText(found)}` : "it is not there any more";
    return [`${user}: ${termsOnText(cluster, one)}: ${is}`];
  });
  const gaveKeys = new Set(gave.map(placeKey));
  const taken = took
    .filter(one => !gaveKeys.has(placeKey(one)) && terms.has(placeKey(one)))
    .map(
      one => `${user}: ${whereText(cluster, one)} has a grant again: ${termsText(terms.get(placeKey(one))!)}`,
    );
  const isSwitched = wasSuspended !== undefined && isOwnSuspension(declared);
  const suspension =
    isSwitched && (declared?.suspended ?? false) === wasSuspended
      ? [`${user}: it is ${wasSuspended ? "suspended again" : "no longer suspended"}`]
      : [];
  return [...given, ...taken, ...suspension];
}

/** Whether a file can be made for a user: its name comes from the audit trail. */
function canBeNew(user: string, edit: FolderEdit): boolean {
  try {
    return !edit.folder.has(fileName(user));
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** An agent without `suspended` of its own follows its owner. */
const isOwnSuspension = (user: User | undefined): boolean =>
  user !== undefined && (user.kind !== "agent" || user.suspended === true);

/** Makes the edits of one account's change. @returns what they do */
function undoChange(edit: FolderEdit, cluster: string, change: RosterChange): string[] {
  const { gave = [], took = [], user, wasSuspended } = change;
  const declared = edit.before.users.find(({ username }) => username === user);
  const name = declared ? fileOf(declared) : `${user}.yaml`;
  if (!declared && !hasText(edit, name)) edit.write(name, fileText(change, edit.before.settings.prefix));
  const edits = undoEdits(edit.textOf(name), declared, cluster, change);
  const suspension: Edit[] =
    wasSuspended === undefined || !isOwnSuspension(declared)
      ? []
      : wasSuspended
        ? [{ op: "set", map: [], key: "suspended", value: true, after: "email" }]
        : [{ op: "unset", map: [], key: "suspended" }];
  if (edits.length + suspension.length > 0) edit.edit(name, [...edits, ...suspension]);
  return [
    ...gave.map(one => `${user}: no longer ${termsOnText(cluster, one)}`),
    ...took.map(one => `${user}: again ${termsOnText(cluster, one)}`),
    ...(suspension.length > 0
      ? [`${user}: ${wasSuspended ? "suspended again" : "no longer suspended"}`]
      : []),
  ];
}

const hasText = (edit: FolderEdit, name: string): boolean =>
  edit.changes.some(change => change.name === name);

/** The file of a user who had one before the change set. */
function fileText({ account, user, was }: RosterChange, prefix: string): string {
  const { email, kind, login, name = user, owner, suspended } = was ?? { kind: "person" };
  const own = account.startsWith(`${prefix}_`) ? account.slice(prefix.length + 1) : account;
  const fields: NewUser = {
    name,
    ...defined({
      email: kind === "agent" ? undefined : email,
      account: own === user ? undefined : own,
      kind: USER_KINDS.find(known => known === kind && known !== "person"),
      owner,
    }),
  };
  const lines = [
    ...(login === undefined || login === "iam" ? [] : [`login: ${login}\n`]),
    ...(suspended ? ["suspended: true\n"] : []),
  ];
  return userFileText(fields).replace(/^grants:/m, `${lines.join("")}grants:`);
}

function termsAfter(
  now: ReadonlyMap<string, PlacedTerms>,
  { gave = [], took = [] }: RosterChange,
): Map<string, PlacedTerms> {
  const wanted = new Map(now);
  for (const one of gave) wanted.delete(placeKey(one));
  for (const one of took) wanted.set(placeKey(one), one);
  return wanted;
}

const isSame = (a: ReadonlyMap<string, PlacedTerms>, b: ReadonlyMap<string, PlacedTerms>): boolean =>
  canonicalJson(Object.fromEntries(a) as Json) === canonicalJson(Object.fromEntries(b) as Json);

/** The users whose declared access changed although the undo is not about them. */
function otherChanges(
  before: AssembledUsers,
  after: AssembledUsers,
  isMeant: (cluster: string, account: RosterAccount) => boolean,
): string[] {
  const textsOf = ({ rosters }: AssembledUsers) =>
    new Map(
      Object.entries(rosters).flatMap(([cluster, roster]: [string, Roster]) =>
        Object.entries(roster.accounts).flatMap(([name, account]) => {
          const { suspended: _, ...rest } = account;
          const text = [account.user, canonicalJson(rest as Json)] as const;
          return isMeant(cluster, account) ? [] : [[`${cluster} ${name}`, text] as const];
        }),
      ),
    );
  const [from, to] = [textsOf(before), textsOf(after)];
  const keys = new Set([...from.keys(), ...to.keys()]);
  const changed = [...keys].filter(key => from.get(key)?.[1] !== to.get(key)?.[1]);
  return [...new Set(changed.map(key => (from.get(key) ?? to.get(key))![0]))];
}
