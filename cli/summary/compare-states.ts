import { summarizeUsers } from "../../core/summary/summarize-users";
import type { Summary } from "../../core/summary/summary";
import type { AssembledUsers } from "../../core/users";
import { RULES_FILE, SPECIAL_FILES } from "../../core/users/assemble-users";
import { UsersError, type UsersFolder } from "../../reader";
import {
  contentsOf,
  type FolderState,
  type HashedEntry,
  type KnownTexts,
  usersFolder,
} from "../git/folder-at";
import type { Git } from "../git/git";

/** Which entries of a state are read. */
type Wanted = (entry: HashedEntry) => boolean;

/**
 * Who gains and loses access between two states of a users folder. Only files that differ are parsed, and
 * those on which they depend; all of them where that is not enough to be exact.
 * @throws UsersError with the problems of either state
 */
export function compareStates(git: Git, before: FolderState, after: FolderState, now: Date): Summary {
  const some = changedFiles(git, before, after);
  const quick = some && tried(git, [before, after], some, now);
  return quick ?? compared(git, [before, after], () => true, now);
}

type States = readonly [FolderState, FolderState];
type Rosters = AssembledUsers["rosters"];

function compared(git: Git, states: States, isWanted: Wanted, now: Date): Summary {
  const [before, after] = rostersOf(git, states, isWanted, now);
  return summarizeUsers(before, after, now);
}

function rostersOf(git: Git, [before, after]: States, isWanted: Wanted, now: Date): [Rosters, Rosters] {
  const known: KnownTexts = new Map();
  // What both have is named as it is after, and parsed once.
  const young = usersFolder(git, after, isWanted, known);
  const old = usersFolder(git, before, isWanted, known);
  const rosters = ({ entries }: FolderState, folder: UsersFolder): Rosters => {
    // A folder that was not there yet, or is not there any more, declares nothing.
    if (entries.length === 0) return {};
    const leftOut = new Set(entries.filter(entry => !isWanted(entry)).map(({ name }) => userOf(name)));
    return folder.assemble({ now, leftOut }).rosters;
  };
  return [rosters(before, old), rosters(after, young)];
}

/** The user name of a file that sets none. */
const userOf = (file: string): string => file.replace(/\.yaml$/, "").normalize("NFC");

/** The same by some of the files. Undefined where the others may matter. */
function tried(git: Git, states: States, isWanted: Wanted, now: Date): Summary | undefined {
  try {
    const [before, after] = rostersOf(git, states, isWanted, now);
    const summary = summarizeUsers(before, after, now);
    // Who was administrator before may be in any file.
    const hasAdministrator = summary.changes.some(({ marks }) => marks.includes("first administrator"));
    // The places of a rule are those that any file names, also on a cluster that seems to come or go.
    const hasRules = [before, after].some(rosters => Object.values(rosters).some(({ rules }) => rules));
    const isSameClusters = Object.keys(before).join("\n") === Object.keys(after).join("\n");
    const isRuleMoved = summary.clusters.some(({ warnings }) => warnings.length > 0);
    const dependsOnAll = hasAdministrator || isRuleMoved || (hasRules && !isSameClusters);
    return dependsOnAll ? undefined : summary;
  } catch (error) {
    // A problem may be one of missing files only.
    if (error instanceof UsersError) return undefined;
    throw error;
  }
}

/** Words that make a file depend on others: an agent is suspended with its owner, who may be in any file. */
const DEPENDS = /owner|username|\\/;

/** Rules that count what all files say. A rule written with an escape may be one. */
const COUNTS = /mostHolders|noSoleOwner|\\/;

/** The files that differ, and those on which they can depend; undefined if that is all of them. */
function changedFiles(git: Git, before: FolderState, after: FolderState): Wanted | undefined {
  const old = new Map(before.entries.map(entry => [entry.name, entry]));
  const young = new Map(after.entries.map(entry => [entry.name, entry]));
  const names = [...new Set([...old.keys(), ...young.keys()])];
  const changed = new Set(names.filter(name => old.get(name)?.hash !== young.get(name)?.hash));
  if (SPECIAL_FILES.some(name => changed.has(name))) return undefined;
  const same = after.entries.filter(({ kind, name }) => kind === "file" && !changed.has(name));
  const contents = contentsOf(
    git,
    same.filter(({ read }) => !read).map(({ hash }) => hash),
  );
  const textOf = ({ hash, read }: HashedEntry) =>
    Buffer.from(read?.() ?? contents.get(hash)!).toString("latin1");
  const rules = same.find(({ name }) => name === RULES_FILE);
  if (rules && COUNTS.test(textOf(rules))) return undefined;
  const owners = new Set<string>();
  for (const entry of [...same, ...after.entries.filter(({ name }) => changed.has(name))]) {
    if (entry.kind !== "file" || (!entry.read && !contents.has(entry.hash))) continue;
    const text = textOf(entry);
    if (!DEPENDS.test(text)) continue;
    changed.add(entry.name);
    for (const [, owner] of text.matchAll(/owner["']?\s*:\s*["']?([^\s"'#,}]+)/g))
      owners.add(`${owner}.yaml`);
  }
  return ({ kind, name }) =>
    kind !== "file" || changed.has(name) || owners.has(name) || SPECIAL_FILES.includes(name);
}
