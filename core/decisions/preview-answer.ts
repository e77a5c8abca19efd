import { changeSetId, fitNotes, numbered, onlyChangeSet } from "../contract/change-set";
import type { ChangeSet, ChangeSetBody, PreviewResponse } from "../contract/payload";
import { PROTOCOL } from "../contract/protocol";
import { defined } from "../json";
import type { StatementsPlan } from "../mysql";
import { nameSome } from "../name-some";
import { printable } from "../printable";
import type { Roster } from "../roster/roster";
import { holderLine, type NewHolder } from "./holders";
import type { MergedRoster } from "./merged-roster";

/** What a preview found. */
export interface Findings {
  readonly status: ChangeSetBody["status"];
  readonly statements?: readonly string[];
  readonly notes: readonly string[];
  readonly pending?: number;
  readonly verified?: boolean;
  /** Undeclared accounts that keep their access. */
  readonly unmanaged?: readonly string[];
  readonly summary: string;
}

/** Who plans, when, and the random part of the change set's id. */
export interface Planner {
  readonly now: Date;
  /** Eight hexadecimal digits. */
  readonly randomId: string;
  readonly plannedBy: string;
  readonly reference?: string | undefined;
}

/**
 * The text of an applied set must stay as it is, so this holds before and after. A plan shows an applied set
 * as new if Terraform's state does not have it.
 */
const runsOnce = (now: Date): string =>
  `Runs once. In a plan made after ${now.toISOString()} it was applied before, and nothing of it runs.`;

/** An answer with a new change set. */
export function newAnswer(
  findings: Findings,
  { now, plannedBy, randomId, reference }: Planner,
): PreviewResponse {
  const { notes, pending = 0, statements = [], status, summary, unmanaged = [], verified = false } = findings;
  const once = statements.length > 0 ? [runsOnce(now)] : [];
  const body: ChangeSetBody = defined({
    status,
    statements: numbered(statements),
    notes: fitNotes(notes.map(printable), once),
    plannedAt: now.toISOString(),
    plannedBy,
    reference,
  });
  const changeSet = { [changeSetId(now, randomId)]: body };
  return { protocol: PROTOCOL, changeSet, pending, verified, ...shown({ summary, unmanaged }) };
}

/** The change set of the last successful call, and when it was applied. */
export interface LastSet {
  readonly changeSet: ChangeSet;
  readonly appliedAt: string;
}

/** An answer with the last change set word for word, so that the plan is empty. */
export const sameAnswer = (
  cluster: string,
  { appliedAt, changeSet }: LastSet,
  { summary, unmanaged = [], verified = false }: Pick<Findings, "summary" | "unmanaged" | "verified">,
): PreviewResponse => ({
  protocol: PROTOCOL,
  changeSet,
  pending: 0,
  verified,
  ...shown({ summary, unmanaged }),
  applied: printable(
    `${cluster}: ${onlyChangeSet(changeSet).id} was applied on ${appliedAt}, and nothing of it runs.`,
  ),
});

/**
 * What the deletion of the cluster's hook would do, for the plan's check and for the hook's answer: no plan
 * of such a deletion shows its statements. Undefined if it would drop nobody.
 * @param users the accounts that a deletion drops under `removalPolicy: "remove"`
 */
export function removalText(users: Iterable<string>): string | undefined {
  const names = [...new Set(users)].sort();
  if (names.length === 0) return undefined;
  const count = names.length === 1 ? "1 account" : `${names.length} accounts`;
  return printable(`removalPolicy is remove: a destroy would drop ${count}: ${nameSome(names)}`);
}

/**
 * What to take out of the files, or undo: accounts that stay locked, as their persons were offboarded.
 * Undefined if there are none.
 */
export function offboardedText({ accounts }: Roster): string | undefined {
  const shut = Object.entries(accounts).filter(([, { offboarded }]) => offboarded !== undefined);
  if (shut.length === 0) return undefined;
  const persons = [...new Set(shut.map(([, { offboarded }]) => offboarded!))].sort();
  const sources = [...new Set(shut.flatMap(([, { source }]) => source ?? []))].sort();
  const from = sources.length > 0 ? `users/ or Parameter Store (${nameSome(sources)})` : "users/";
  return printable(
    `offboarded, and locked until that is undone: ${nameSome(shut.map(([name]) => name).sort())}. ` +
      `Take ${nameSome(persons)} out of ${from}`,
  );
}

/** The same for a reviewer, with the other way. */
export const offboardedNote = (roster: Roster): string[] => {
  const text = offboardedText(roster);
  return text === undefined ? [] : [`${text}, or undo it: \`aurora-users offboard --undo\`.`];
};

/** What Terraform's check shows in a terminal: it holds names of accounts that anybody made. */
const shown = ({ summary, unmanaged }: Pick<PreviewResponse, "summary" | "unmanaged">) => ({
  unmanaged: unmanaged.map(printable),
  summary: printable(summary),
});

/** What a summary says beyond the statements. */
interface AlsoFound extends Pick<MergedRoster, "blocked"> {
  readonly plan: StatementsPlan;
  readonly leavers: readonly string[];
  readonly outside: readonly NewHolder[];
  readonly takers: readonly string[];
  readonly undeclared: readonly string[];
}

/** The end of the summary, with a part for each of them that there is. */
export function alsoText({ blocked, leavers, outside, plan, takers, undeclared }: AlsoFound): string {
  const text = (what: string, names: Iterable<string>) => {
    const list = [...names];
    return list.length > 0 ? `; ${what}: ${nameSome(list)}` : "";
  };
  return (
    text("left out", plan.leftOut.keys()) +
    text("no longer declared, but with access", leavers) +
    lockedText(plan.notGone) +
    text("not managed, with new access", outside.map(holderLine)) +
    text("no declared account can log in where one without a name may", takers) +
    text("not declared", undeclared) +
    text("not as Parameter Store says", blocked.keys())
  );
}

/** The part of a summary about accounts that have to go and are only locked. */
export const lockedText = (notGone: StatementsPlan["notGone"]): string =>
  notGone.length === 0
    ? ""
    : `; locked, not gone: ${nameSome(notGone.map(({ objects, user }) => `${user} (${nameSome(objects, 3)})`))}`;
