import { canonicalJson } from "../json";
import type { Roster } from "../roster/roster";
import type { ChangeSet, ChangeSetBody } from "./payload";

const MAX_NOTES = 1000;
const MAX_NOTE = 4096;

/** `cs-20270331T120000Z-1a2b3c4d`: new in every preview that finds something to do. */
export function changeSetId(now: Date, randomId: string): string {
  const stamp = now.toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "");
  return `cs-${stamp}-${randomId}`;
}

/** When a change set was made, by its id. */
export function plannedWhen(id: string): Date {
  const [, y, mo, d, h, mi, s] = /^cs-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(id) ?? [];
  return y === undefined ? new Date(0) : new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}

/** How far the clocks of two functions may differ. */
const AHEAD_MS = 5 * 60_000;

/**
 * Why a change set cannot be of a preview, by its dates; undefined if it can. A caller who dates a change set
 * later would accept what no plan showed, and make honest plans count as older.
 */
export function datesProblem(changeSet: ChangeSet, now: Date): string | undefined {
  const { body, id } = onlyChangeSet(changeSet);
  const { plannedAt } = body;
  const planned = new Date(plannedAt).getTime();
  if (plannedWhen(id).getTime() !== planned - (planned % 1_000))
    return `the id of the change set ${id} has another date than its \`plannedAt\`, ${plannedAt}`;
  if (planned > now.getTime() + AHEAD_MS)
    return `\`plannedAt\` of the change set ${id} is in the future: it is ${now.toISOString()} now`;
  return undefined;
}

/** Statements by position, so that a plan shows them in order. */
export function numbered(statements: readonly string[]): Record<string, string> {
  const width = Math.max(4, String(statements.length).length);
  return Object.fromEntries(statements.map((sql, index) => [String(index + 1).padStart(width, "0"), sql]));
}

/** The SQL of a change set, in order. */
export const statementsOf = (body: ChangeSetBody): string[] =>
  Object.keys(body.statements)
    .sort((a, b) => Number(a) - Number(b))
    .map(position => body.statements[position]!);

/** The beginning of a note about an account that cannot become as declared, and whose note it is. */
export const LEFT_OUT = "LEFT OUT: ";
export const leftOutBegin = (user: string): string => `${LEFT_OUT}${user}. `;

/** As many notes as a change set may have. @param last notes that always stay, after the others */
export function fitNotes(notes: readonly string[], last: readonly string[] = []): string[] {
  const fitting = notes.map(note => (note.length > MAX_NOTE ? `${note.slice(0, MAX_NOTE - 3)}...` : note));
  const room = MAX_NOTES - last.length;
  if (fitting.length <= room) return [...fitting, ...last];
  return [...fitting.slice(0, room - 1), `... and ${fitting.length - room + 1} more notes.`, ...last];
}

/** Whether it is the note in place of those that did not fit. */
export const isMoreNotes = (note: string): boolean => /^\.\.\. and \d+ more notes\.$/.test(note);

/** The one set that a payload carries. */
export function onlyChangeSet(changeSet: ChangeSet): { readonly id: string; readonly body: ChangeSetBody } {
  const [entry] = Object.entries(changeSet);
  return { id: entry![0], body: entry![1] };
}

export const sameRoster = (a: Roster | undefined, b: Roster): boolean =>
  a !== undefined && canonicalJson(a) === canonicalJson(b);
