import {
  type Approvals,
  approversOf,
  approversOfPlans,
  missingApprovals,
  NOTHING_OWNED,
  type OwnedState,
} from "../../core/approvers";
import { printable, printableLines } from "../../core/printable";
import type { AccessPlan } from "../../core/summary/cluster-plan";
import { readUsers } from "../../reader";
import { commitOf, type FolderState, folderAt, folderNow, usersFolder } from "../git/folder-at";
import { Git } from "../git/git";
import { type Io, printJson } from "../terminal/command";

/** The version of what `--json` prints. */
const FORMAT = 1;

/** A change begins in a folder, or at a revision of Git. It ends at `to`, else at the files as they are. */
export interface Change {
  readonly folder: string;
  readonly from: { readonly folder: string } | { readonly revision: string };
  readonly to?: string | undefined;
}

/**
 * Who has to agree to a change of a users folder, or to plans that are made of it.
 * @throws UsersError with the problems of either state; UsageError
 */
export function approvalsOf(change: Change, plans: readonly AccessPlan[] | undefined, io: Io): Approvals {
  const [before, after] = statesOf(change, io);
  return plans ? approversOfPlans(before, after, plans) : approversOf(before, after);
}

function statesOf({ folder, from, to }: Change, { env, now }: Io): [OwnedState, OwnedState] {
  const read = (path: string) => readUsers(path).assemble({ now: now() });
  if ("folder" in from) return [read(from.folder), read(folder)];
  const git = new Git(folder, env);
  const at = (revision: string) => folderAt(git, commitOf(git, folder, revision), revision);
  const stateOf = (state: FolderState): OwnedState =>
    state.entries.length === 0 ? NOTHING_OWNED : usersFolder(git, state, () => true).assemble({ now: now() });
  const before = at(from.revision);
  const after = to === undefined ? folderNow(folder, commitOf(git, folder, from.revision)) : at(to);
  return [stateOf(before), stateOf(after)];
}

/** Prints who has to agree: as JSON, or a line for each. */
export function printApprovals(found: Approvals, missing: readonly string[], asJson: boolean, io: Io): void {
  if (asJson) printJson(io, { format: FORMAT, ...found, missing });
  else for (const line of linesOf(found)) io.out(printableLines(printable(line)));
}

/** What `diff` and `summary` print with `--approvers`. Nobody has agreed yet. */
export const printApprovers = (found: Approvals, asJson: boolean, io: Io): void =>
  printApprovals(found, missingApprovals(found, []), asJson, io);

function linesOf({ required, unowned, unsure }: Approvals): string[] {
  const lines = required.map(({ name, owner, touched }) => {
    // The address first: a name says what its author likes, also another person's address.
    const person = name === undefined ? owner : `${owner} (${name})`;
    return `${person}: ${touched.join(", ")}`;
  });
  const all = [
    ...unsure.map(text => `not known: ${text}`),
    ...lines,
    ...(unowned.length > 0 ? [`no owner: ${unowned.join(", ")}`] : []),
  ];
  return all.length > 0 ? all : ["nobody: the change touches nothing"];
}
