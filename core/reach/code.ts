import { lowerName } from "../catalogue/lower-case";
import { quoteAccount } from "../mysql";
import { isSameDatabase } from "../mysql/database-name";
import { directWays, placeOf } from "./direct-ways";
import type { Holdings } from "./holdings";
import { namesInCode } from "./names-in-code";
import type { CodeFacts, ReachFacts, ReachTarget, RoutineFacts } from "./reach-facts";
import { type Context, nameOf, type Views } from "./views";
import type { Way } from "./way";

type Gives = Pick<Way, "reads" | "writes">;

const NOTHING: Gives = { reads: false, writes: false };
const both = (gives: readonly Gives[]): Gives => ({
  reads: gives.some(({ reads }) => reads),
  writes: gives.some(({ writes }) => writes),
});
const isAny = ({ reads, writes }: Gives): boolean => reads || writes;

/** With it code runs texts that it makes. */
const DYNAMIC = "prepare";

/**
 * What code reaches: routines, triggers and events that run with the rights of a definer. It counts if its
 * text names what is asked about, or something that does, or runs texts, or is hidden; and if its definer has
 * the rights. Nobody but a person knows whether it hands out what it reads: `may`.
 */
export class Code {
  readonly #facts: ReachFacts;
  readonly #target: ReachTarget;
  readonly #holdings: Holdings;
  readonly #views: Views;
  readonly #naming: ReadonlySet<CodeFacts>;
  readonly #gives: ReadonlyMap<RoutineFacts, Gives>;

  constructor(facts: ReachFacts, target: ReachTarget, holdings: Holdings, views: Views) {
    this.#facts = facts;
    this.#target = target;
    this.#holdings = holdings;
    this.#views = views;
    this.#naming = this.#findNaming();
    this.#gives = this.#findGives();
  }

  ways(context: Context): Way[] {
    return [...this.#byRoutines(context), ...this.#byTriggers(context), ...this.#byEvents(context)];
  }

  #byRoutines(context: Context): Way[] {
    return [...this.#gives].flatMap(([routine, gives]) =>
      isAny(gives) && this.#executes(routine, context)
        ? [
            this.#way(routine, context, {
              ...gives,
              kind: "routine",
              text: `${routine.type.toLowerCase()} ${nameOf(routine)}`,
            }),
          ]
        : [],
    );
  }

  #byTriggers(context: Context): Way[] {
    return this.#facts.triggers.flatMap(trigger => {
      const gives = this.#definerGives(trigger, this.#gives);
      const place = placeOf({ database: trigger.database, table: trigger.table });
      const fires = () =>
        this.#holdings
          .held(context.account, context.mode, place)
          .some(({ privileges }) => privileges.includes(trigger.when));
      const on = nameOf({ database: trigger.database, name: trigger.table });
      const text = `trigger ${nameOf(trigger)} of ${trigger.when} on ${on}`;
      return isAny(gives) && fires()
        ? [this.#way(trigger, context, { ...gives, kind: "trigger", text })]
        : [];
    });
  }

  /** The events of the account itself: they run while nobody is logged in, also if it is locked. */
  #byEvents(context: Context): Way[] {
    const own = quoteAccount(context.account);
    return this.#facts.events.flatMap(event => {
      const definer = this.#views.definer(event.definer);
      if (!definer || quoteAccount(definer.account) !== own) return [];
      const gives = this.#definerGives(event, this.#gives);
      return isAny(gives)
        ? [this.#way(event, context, { ...gives, kind: "event", text: `event ${nameOf(event)}` })]
        : [];
    });
  }

  #way(code: CodeFacts, { mode }: Context, way: Gives & Pick<Way, "kind" | "text">): Way {
    const hidden = code.body === undefined ? "; its text is hidden" : "";
    return {
      ...way,
      certainty: "may",
      text: `${way.text}, which runs as ${code.definer}${hidden}`,
      ...(mode.isChosen && { setRole: true as const }),
    };
  }

  /** Who may alter a routine can make it run with its definer's rights. */
  #executes(routine: RoutineFacts, { account, mode }: Context): boolean {
    const object = { kind: routine.type, name: routine.name };
    const held = this.#holdings.held(account, mode, { database: routine.database, object });
    const has = (wanted: string) => held.some(({ privileges }) => privileges.includes(wanted));
    return has("EXECUTE") && (!routine.isInvoker || has("ALTER ROUTINE"));
  }

  #findNaming(): Set<CodeFacts> {
    const { events, observed, routines, triggers } = this.#facts;
    const { database, table } = this.#target;
    const names = new Set(
      [...this.#views.reaching.map(({ name }) => name), table ?? database].map(lowerName),
    );
    const all: readonly CodeFacts[] = [...routines, ...triggers, ...events];
    const words = new Map(all.map(code => [code, namesInCode(code.body ?? DYNAMIC)]));
    const found = new Set<CodeFacts>();
    const isNaming = (code: CodeFacts) =>
      // In its own database, code names tables without it.
      (table === undefined && isSameDatabase(code.database, database, observed)) ||
      [...words.get(code)!].some(word => word === DYNAMIC || names.has(word));
    for (let isMore = true; isMore; ) {
      const next = all.filter(code => !found.has(code) && isNaming(code));
      for (const code of next) found.add(code);
      for (const routine of routines) if (found.has(routine)) names.add(lowerName(routine.name));
      isMore = next.length > 0;
    }
    return found;
  }

  /** What each routine gives, by its definer's own rights and by the routines that this one may call. */
  #findGives(): Map<RoutineFacts, Gives> {
    const found = new Map<RoutineFacts, Gives>();
    for (let isMore = true; isMore; ) {
      isMore = false;
      for (const routine of this.#facts.routines) {
        const before = found.get(routine) ?? NOTHING;
        const now = this.#definerGives(routine, found);
        if (now.reads !== before.reads || now.writes !== before.writes) isMore = true;
        found.set(routine, now);
      }
    }
    return found;
  }

  #definerGives(code: CodeFacts, routines: ReadonlyMap<RoutineFacts, Gives>): Gives {
    const context = this.#naming.has(code) ? this.#views.definer(code.definer) : undefined;
    if (!context) return NOTHING;
    const called = [...routines].filter(
      ([routine, gives]) => isAny(gives) && this.#executes(routine, context),
    );
    return both([
      ...directWays(context.account, context.mode, this.#target, this.#holdings),
      ...this.#views.ways(context),
      ...called.map(([, gives]) => gives),
    ]);
  }
}
