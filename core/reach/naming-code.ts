import { lowerName } from "../catalogue/lower-case";
import { groupBy } from "../group-by";
import { isSameDatabase } from "../mysql/database-name";
import { CodeTexts } from "./names-in-code";
import type { CodeFacts, ObjectName, ReachFacts, ReachTarget, RunningObject, ViewFacts } from "./reach-facts";

/** With it code runs texts that it makes. */
const DYNAMIC = "prepare";

const keyOf = ({ database, name }: ObjectName): string =>
  JSON.stringify([lowerName(database), lowerName(name)]);

/** What leads to the target though no view does: by its text, or by what it uses. */
export interface Naming {
  /** All of it. */
  readonly all: ReadonlySet<RunningObject>;
  /** Of it, the views for which to read is enough; the others do it when somebody writes through them. */
  readonly onRead: ReadonlySet<RunningObject>;
}

/**
 * Code counts if its text has the name of the target, or of something that leads there, or runs texts, or is
 * hidden. A view counts if it calls such a function, or is on a table with such a trigger, or on such a view.
 * @param reaching the views that read the target
 */
export function findNaming(
  { events, observed, routines, triggers, views }: ReachFacts,
  { database, table }: ReachTarget,
  reaching: readonly ViewFacts[],
): Naming {
  const all = new Set<RunningObject>();
  const onRead = new Set<RunningObject>();
  const code = [...routines, ...triggers, ...events];
  const texts = new CodeTexts(code.map(one => [one, one.body ?? DYNAMIC]));
  const usersOf = (what: "calls" | "reads") => {
    const uses = views.flatMap(view => view[what].map(object => ({ view, key: keyOf(object) })));
    const users = groupBy(uses, ({ key }) => key);
    return (object: ObjectName) => (users.get(keyOf(object)) ?? []).map(({ view }) => view);
  };
  const [callers, readers] = [usersOf("calls"), usersOf("reads")];
  const names = new Set<string>();
  const steps: (() => void)[] = [];
  const addName = (name: string): void => {
    const lower = lowerName(name);
    if (names.has(lower)) return;
    names.add(lower);
    steps.push(() => texts.having(lower).forEach(addCode));
  };
  const addReading = (view: ViewFacts): void => {
    if (onRead.has(view)) return;
    onRead.add(view);
    all.add(view);
    addName(view.name);
    steps.push(() => readers(view).forEach(addReading));
  };
  const addWritten = (view: ViewFacts): void => {
    if (all.has(view) || !view.isUpdatable) return;
    all.add(view);
    addName(view.name);
    steps.push(() => readers(view).forEach(addWritten));
  };
  const addCode = (one: CodeFacts & { readonly table?: string; readonly type?: string }): void => {
    if (all.has(one)) return;
    all.add(one);
    addName(one.table ?? one.name);
    if (one.type !== undefined) steps.push(() => callers(one).forEach(addReading));
    const written = one.table !== undefined && { database: one.database, name: one.table };
    if (written) steps.push(() => readers(written).forEach(addWritten));
  };
  for (const name of [...reaching.map(view => view.name), table ?? database, DYNAMIC]) addName(name);
  // In its own database, code names tables without it.
  if (table === undefined)
    code.filter(one => isSameDatabase(one.database, database, observed)).forEach(addCode);
  // They are read on while they grow.
  for (const step of steps) step();
  return { all, onRead };
}
