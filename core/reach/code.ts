import { quoteAccount } from "../mysql";
import { directWays, placeOf } from "./direct-ways";
import type { Holdings } from "./holdings";
import { findNaming, type Naming } from "./naming-code";
import type {
  ReachFacts,
  ReachTarget,
  RoutineFacts,
  RunningObject,
  TriggerFacts,
  ViewFacts,
} from "./reach-facts";
import { type Context, nameOf, type Views } from "./views";
import type { Way } from "./way";

type Gives = Pick<Way, "reads" | "writes">;

const NOTHING: Gives = { reads: false, writes: false };
const both = (gives: readonly Gives[]): Gives => ({
  reads: gives.some(({ reads }) => reads),
  writes: gives.some(({ writes }) => writes),
});
const isAny = ({ reads, writes }: Gives): boolean => reads || writes;

const isHidden = (kind: Unit["kind"], { body }: Unit["object"]): boolean =>
  kind !== "view" && body === undefined;

const WRITES = ["INSERT", "UPDATE", "DELETE"];

/** Something that runs with the rights of its definer, and who makes it run. */
interface Unit {
  readonly kind: "routine" | "trigger" | "event" | "view";
  readonly object: RunningObject & { readonly body?: string | undefined };
  readonly text: string;
  uses(context: Context): boolean;
}

/**
 * What code reaches: routines, triggers and events that run with the rights of a definer, and views that make
 * them run. It counts if it leads to what is asked about, and if its definer has the rights. Nobody but a
 * person knows whether it hands out what it reads: `may`.
 */
export class Code {
  readonly #target: ReachTarget;
  readonly #holdings: Holdings;
  readonly #views: Views;
  /** Those that give something. */
  readonly #gives: ReadonlyMap<Unit, Gives>;
  readonly #own = new Map<string, Gives>();

  constructor(facts: ReachFacts, target: ReachTarget, holdings: Holdings, views: Views) {
    this.#target = target;
    this.#holdings = holdings;
    this.#views = views;
    this.#gives = this.#findGives(this.#units(facts, findNaming(facts, target, views.reaching)));
  }

  ways(context: Context): Way[] {
    return [...this.#gives]
      .filter(([unit]) => unit.uses(context))
      .map(([{ kind, object, text }, gives]) => ({
        ...gives,
        kind,
        certainty: "may",
        text: `${text}, which runs as ${object.definer}${isHidden(kind, object) ? "; its text is hidden" : ""}`,
        ...(context.mode.isChosen && { setRole: true as const }),
      }));
  }

  #units({ events, routines, triggers, views }: ReachFacts, naming: Naming): Unit[] {
    const units: Unit[] = [
      ...routines.map(routine => ({
        kind: "routine" as const,
        object: routine,
        text: `${routine.type.toLowerCase()} ${nameOf(routine)}`,
        uses: (context: Context) => this.#executes(routine, context),
      })),
      ...triggers.map(trigger => ({
        kind: "trigger" as const,
        object: trigger,
        text: `trigger ${nameOf(trigger)} of ${trigger.when} on ${nameOf({ ...trigger, name: trigger.table })}`,
        uses: (context: Context) => this.#fires(trigger, context),
      })),
      // The definer's own: it runs while nobody is logged in, also if the account is locked.
      ...events.map(event => ({
        kind: "event" as const,
        object: event,
        text: `event ${nameOf(event)}`,
        uses: ({ account }: Context) => {
          const definer = this.#views.definer(event.definer);
          return definer !== undefined && quoteAccount(definer.account) === quoteAccount(account);
        },
      })),
      // With the rights of those who use it, they have to reach by themselves what the view makes run.
      ...views
        .filter(({ isInvoker }) => !isInvoker)
        .map(view => ({
          kind: "view" as const,
          object: view,
          text: `view ${nameOf(view)} with ${naming.onRead.has(view) ? "functions" : "triggers"}`,
          uses: (context: Context) =>
            this.#holds(view, naming.onRead.has(view) ? ["SELECT", ...WRITES] : WRITES, context),
        })),
    ];
    return units.filter(({ object }) => naming.all.has(object));
  }

  #holds({ database, name }: ViewFacts, wanted: readonly string[], { account, mode }: Context): boolean {
    return this.#holdings
      .held(account, mode, placeOf({ database, table: name }))
      .some(({ privileges }) => privileges.some(one => wanted.includes(one)));
  }

  /** A row that REPLACE or ON DUPLICATE KEY changes needs the privilege for that, too. */
  #fires({ database, table, when }: TriggerFacts, { account, mode }: Context): boolean {
    return this.#holdings
      .held(account, mode, placeOf({ database, table }))
      .some(({ privileges }) => privileges.includes(when));
  }

  /** Who may alter a routine can make it run with its definer's rights. */
  #executes(routine: RoutineFacts, { account, mode }: Context): boolean {
    const object = { kind: routine.type, name: routine.name };
    const held = this.#holdings.held(account, mode, { database: routine.database, object });
    const has = (wanted: string) => held.some(({ privileges }) => privileges.includes(wanted));
    return has("EXECUTE") && (!routine.isInvoker || has("ALTER ROUTINE"));
  }

  /** What each gives, by its definer's own rights and by what this one makes run. */
  #findGives(units: readonly Unit[]): Map<Unit, Gives> {
    const found = new Map<Unit, Gives>();
    for (let isMore = true; isMore; ) {
      isMore = false;
      for (const unit of units) {
        const before = found.get(unit) ?? NOTHING;
        if (before.reads && before.writes) continue;
        const now = this.#definerGives(unit.object.definer, found);
        if (now.reads === before.reads && now.writes === before.writes) continue;
        isMore = true;
        found.set(unit, now);
      }
    }
    return found;
  }

  #definerGives(definer: string, found: ReadonlyMap<Unit, Gives>): Gives {
    const context = this.#views.definer(definer);
    if (!context) return NOTHING;
    const own = this.#own.get(definer) ?? this.#ownGives(context);
    this.#own.set(definer, own);
    const used = [...found].filter(([unit, gives]) => isAny(gives) && unit.uses(context));
    return both([own, ...used.map(([, gives]) => gives)]);
  }

  #ownGives(context: Context): Gives {
    return both([
      ...directWays(context.account, context.mode, this.#target, this.#holdings),
      ...this.#views.ways(context),
    ]);
  }
}
