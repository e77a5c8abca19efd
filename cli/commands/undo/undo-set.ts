import { type PlacedTerms, placeKey, type RosterChange, termsOf } from "../../../core/audit";
import { defined } from "../../../core/json";
import { type Roster, type RosterAccount, USER_KINDS } from "../../../core/roster/roster";
import type { AssembledUsers } from "../../../core/users";
import { type Edit, fileFields, type NewUser, userFileText } from "../../../reader";
import { UsageError } from "../../terminal/errors";
import { type FolderEdit, fileOf } from "../edit/folder-edit";
import { fileName } from "../new";
import { accountOf, isEqual, isSame, termsBefore } from "./declared";
import { termsOnText, termsText, whereText } from "./file-terms";
import type { RecordedSet } from "./recorded-set";
import { fieldConflicts, fieldsBefore, undoFields, wrongFields } from "./undo-fields";
import { undoEdits } from "./undo-grants";
import { undoTeams } from "./undo-teams";

/** What an undo does to the files, or why it cannot. */
export interface Undo {
  readonly said: readonly string[];
  /** Where the files changed since. */
  readonly conflicts: readonly string[];
}

/** A change; of an account that the set renamed, with the change of the one that it became. */
type Change = RosterChange & { readonly renamed?: RosterChange | undefined };
type ChangedSet = Omit<RecordedSet, "changes"> & { readonly changes: readonly Change[] };

/** Edits the files so that they declare what they did before the change set. Proves it afterwards. */
export function undoSet(edit: FolderEdit, recorded: RecordedSet): Undo {
  const set = withRenames(recorded);
  const { changes, cluster } = set;
  const conflicts = changes.flatMap(change => conflictsOf(change, edit, cluster));
  if (conflicts.length > 0) return { said: [], conflicts };
  for (const change of changes) if (change.renamed) renameBack(edit, change, change.renamed);
  const said = changes.flatMap(change => undoOwn(edit, set, change));
  const byHand = undoTeams(edit, set);
  if (byHand.length > 0) return { said: [], conflicts: byHand.map(text => `${text}; write it by hand`) };
  if (edit.problems().length > 0) return { said, conflicts: [] };
  said.push(...undoFields(edit, set));
  if (edit.problems().length > 0) return { said, conflicts: [] };
  const after = edit.after().users;
  const wrong = changes.filter(change => {
    const now = termsOf(accountOf(edit.before, cluster, change.user));
    return !isSame(termsBefore(now, change), termsOf(accountOf(after, cluster, change.user)));
  });
  return {
    said: [...said, ...elsewhere(after, set)],
    conflicts: [
      ...wrong.map(({ user }) => `${user}: the file cannot say again what it said before; write it by hand`),
      ...wrongFields(after, set),
      ...otherChanges(edit.before, after, set).map(
        user => `${user}: an undo would change other grants, too; write it by hand`,
      ),
    ],
  };
}

/** The set with its renames. Two accounts of one user, by one file, have one change. */
function withRenames(set: RecordedSet): ChangedSet {
  const { changes } = set;
  const pairs = changes.flatMap(former => {
    const renamed = former.was && changes.find(({ formerly }) => formerly === former.account);
    return renamed ? [[former, renamed] as const] : [];
  });
  const renamedTo = new Map(pairs);
  const isOfOneUser = new Set(pairs.flatMap(([from, to]) => (from.user === to.user ? to : [])));
  return {
    ...set,
    changes: changes
      .filter(change => !isOfOneUser.has(change))
      .map(change => {
        const renamed = renamedTo.get(change);
        const gave = renamed && isOfOneUser.has(renamed) ? renamed.gave : change.gave;
        return { ...change, ...defined({ renamed, gave }) };
      }),
  };
}

/** Where the files no longer say what the change set gave, or say something where it took. */
function conflictsOf(change: Change, edit: FolderEdit, cluster: string): string[] {
  const { account, gave = [], renamed, took = [], user, was } = change;
  const declared = edit.before.users.find(({ username }) => username === user);
  if (!declared && !was) return [`${user} (${account}): no file has this user any more`];
  if (!declared && !canBeNew(user, edit))
    return [`${user} (${account}): no file can be named ${user}.yaml; make it by hand`];
  if (declared && renamed && renamed.user !== user)
    return [`${user} (${account}): a file has this user again`];
  const terms = termsOf(accountOf(edit.before, cluster, user));
  const given = gave.flatMap(one => {
    const found = terms.get(placeKey(one));
    if (found && isEqual(found, one)) return [];
    const is = found ? `it is now ${termsText(found)}` : "it is not there any more";
    return [`${user}: ${termsOnText(cluster, one)}: ${is}`];
  });
  const gaveKeys = new Set(gave.map(placeKey));
  const taken = took
    .filter(one => !gaveKeys.has(placeKey(one)) && terms.has(placeKey(one)))
    .map(
      one => `${user}: ${whereText(cluster, one)} has a grant again: ${termsText(terms.get(placeKey(one))!)}`,
    );
  return [...given, ...taken, ...fieldConflicts({ users: edit.before, cluster, change })];
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

/** What follows the prefix in an account's name. */
const afterPrefix = (account: string, { before }: FolderEdit): string => {
  const start = `${before.settings.prefix}_`;
  return account.startsWith(start) ? account.slice(start.length) : account;
};

/** Gives a person's file its former name, and the account, too: the next apply renames the account. */
function renameBack(edit: FolderEdit, { account, user }: RosterChange, renamed: RosterChange): void {
  const declared = edit.before.users.find(({ username }) => username === renamed.user)!;
  const name = fileOf(declared);
  const fields = fileFields(edit.textOf(name));
  const former = afterPrefix(account, edit);
  const isMoved = user !== renamed.user;
  const unset = (key: string): Edit[] => (key in fields ? [{ op: "unset", map: [], key }] : []);
  const set = (key: string, value: string): Edit => ({ op: "set", map: [], key, value, after: "email" });
  const edits = [
    ...(isMoved ? unset("username") : []),
    ...(former === user ? unset("account") : [set("account", former)]),
    set("formerly", declared.account),
  ];
  if (!edit.edit(name, edits) || !isMoved) return;
  edit.write(`${user}.yaml`, edit.textOf(name));
  edit.write(name, undefined);
}

/** Makes the edits of the own grants of one account's change. @returns what they do */
function undoOwn(edit: FolderEdit, { changes, cluster }: ChangedSet, change: Change): string[] {
  const { account, gave = [], renamed, took = [], user, was } = change;
  // Its file has the former name by now.
  if (changes.some(other => other.renamed?.account === account)) return [];
  const declared = edit.before.users.find(({ username }) => username === (renamed?.user ?? user));
  const name = declared && declared.username === user ? fileOf(declared) : `${user}.yaml`;
  if (!declared) edit.write(name, fileText(change, edit));
  const given = renamed?.gave ?? gave;
  const own = (terms: readonly PlacedTerms[]) => terms.filter(({ team }) => team === undefined);
  const edits = undoEdits({ text: edit.textOf(name), grants: declared?.grants }, cluster, {
    gave: own(given),
    took: own(took),
  });
  if (edits.length > 0) edit.edit(name, edits);
  const isIn = (list: readonly PlacedTerms[], one: PlacedTerms) => list.some(other => isEqual(other, one));
  const differing = (list: readonly PlacedTerms[], other: readonly PlacedTerms[]) =>
    list.filter(one => !renamed || !isIn(other, one));
  return [
    ...(renamed ? [`${renamed.account}: again ${account}, on every cluster`] : []),
    ...differing(given, took).map(one => `${user}: no longer ${termsOnText(cluster, one)}${byTeam(one)}`),
    ...differing(took, given).map(
      one => `${user}: again ${termsOnText(cluster, one)}${byTeam(one)}${ended(one, edit.now)}`,
    ),
    ...(declared
      ? []
      : [`${user}: no file has this user now, so ${name} is written again; did they leave since?`]),
    ...(was?.login === "password" && !renamed ? [`${user}: the account gets a new password`] : []),
  ];
}

/** What gives no access any more. */
const ended = ({ expires }: PlacedTerms, now: Date): string =>
  expires !== undefined && new Date(expires) <= now ? ", which has ended: it gives nothing" : "";

const byTeam = ({ team }: PlacedTerms): string => (team === undefined ? "" : `, by the team ${team}`);

/** The file of a user who had one before the change set. Other fields follow. */
function fileText({ account, user, was }: RosterChange, edit: FolderEdit): string {
  const { email, kind, name = user, owner } = was ?? {};
  const own = afterPrefix(account, edit);
  const fields: NewUser = {
    name,
    ...defined({
      email: kind === "agent" ? undefined : email,
      account: own === user ? undefined : own,
      kind: USER_KINDS.find(known => known === kind && known !== "person"),
      owner,
    }),
  };
  return userFileText(fields);
}

/** What a file says of a user as a whole counts on every cluster. */
const elsewhere = ({ rosters }: AssembledUsers, { changes, cluster }: RecordedSet): string[] =>
  changes.flatMap(change => {
    const others = Object.keys(rosters).filter(
      name => name !== cluster && accountOf({ rosters }, name, change.user),
    );
    const isWhole = !change.was && fieldsBefore(change).length > 0;
    return isWhole && others.length > 0 ? [`${change.user}: that holds on ${others.join(", ")}, too`] : [];
  });

/** The users whose declared access changed although the undo is not about them. */
function otherChanges(before: AssembledUsers, after: AssembledUsers, set: ChangedSet): string[] {
  const formerOf = new Map(
    set.changes.flatMap(({ renamed, user }) => (renamed ? [[renamed.user, user]] : [])),
  );
  const users = new Set(set.changes.map(({ user }) => user));
  /** Of a user of the set: the grants on other clusters, whose fields are those of the file. */
  const textOf = (account: RosterAccount) => {
    const { suspended: _, ...rest } = account;
    return users.has(account.user) ? Object.fromEntries(termsOf(account)) : rest;
  };
  const textsOf = ({ rosters }: AssembledUsers) =>
    new Map(
      Object.entries(rosters).flatMap(([cluster, { accounts }]: [string, Roster]) =>
        Object.values(accounts).flatMap(account => {
          if (cluster === set.cluster && users.has(account.user)) return [];
          const user = formerOf.get(account.user) ?? account.user;
          return [[`${cluster} ${user}`, { user, text: textOf(account) }] as const];
        }),
      ),
    );
  const [from, to] = [textsOf(before), textsOf(after)];
  const keys = [...new Set([...from.keys(), ...to.keys()])];
  const changed = keys.filter(key => !isEqual(from.get(key), to.get(key)));
  return [...new Set(changed.map(key => (from.get(key) ?? to.get(key))!.user))];
}
