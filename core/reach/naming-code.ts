import { lowerName } from "../catalogue/lower-case";
import { isSameDatabase } from "../mysql/database-name";
import { codeText, Names } from "./names-in-code";
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
  const names = new Names([...reaching.map(({ name }) => name), table ?? database, DYNAMIC]);
  const texts = new Map(
    [...routines, ...triggers, ...events].map(code => [code, codeText(code.body ?? DYNAMIC)]),
  );
  const all = new Set<RunningObject>();
  const onRead = new Set<RunningObject>();
  const [called, read, written] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const hasAny = (names: ReadonlySet<string>, objects: readonly ObjectName[]) =>
    names.size > 0 && objects.some(object => names.has(keyOf(object)));
  const isNaming = (code: CodeFacts) =>
    // In its own database, code names tables without it.
    (table === undefined && isSameDatabase(code.database, database, observed)) ||
    names.isIn(texts.get(code)!);
  const add = (found: RunningObject) => {
    all.add(found);
    names.add("table" in found ? String(found.table) : found.name);
  };
  for (let before = -1; before < all.size + onRead.size; ) {
    before = all.size + onRead.size;
    for (const code of texts.keys()) if (!all.has(code) && isNaming(code)) add(code);
    for (const routine of routines) if (all.has(routine)) called.add(keyOf(routine));
    for (const trigger of triggers)
      if (all.has(trigger)) written.add(keyOf({ database: trigger.database, name: trigger.table }));
    for (const view of views) {
      if (!onRead.has(view) && (hasAny(called, view.calls) || hasAny(read, view.reads))) {
        onRead.add(view);
        read.add(keyOf(view));
        add(view);
      }
      if (!all.has(view) && view.isUpdatable && hasAny(written, view.reads)) {
        written.add(keyOf(view));
        add(view);
      }
    }
  }
  return { all, onRead };
}
