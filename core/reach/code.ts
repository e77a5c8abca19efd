import { groupBy } from "../group-by";
import { quoteAccount } from "../mysql";
import { directWays, placeOf } from "./direct-ways";
import type { Context } from "./held";
import type { Holdings } from "./holdings";
import { findNaming, type Naming } from "./naming-code";
import { ownGrants } from "./own-grants";
import type {
  ReachFacts,
  ReachTarget,
  RoutineFacts,
  RunningObject,
  TriggerFacts,
  ViewFacts,
} from "./reach-facts";
import { nameOf, type Views } from "./views";
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
  readonly #units: readonly Unit[];
  /** What each gives that runs as the definer. */
  readonly #gives: ReadonlyMap<string, Gives>;

  constructor(facts: ReachFacts, target: ReachTarget, holdings: Holdings, views: Views) {
    this.#target = target;
    this.#holdings = holdings;
    this.#views = views;
    const units = this.#unitsOf(facts, findNaming(facts, target, views.reaching));
    this.#gives = this.#findGives(units);
    this.#units = units.filter(({ object }) => isAny(this.#gives.get(object.definer)!));
  }

  ways(context: Context): Way[] {
    return this.#units
      .filter(unit => unit.uses(context))
      .map(({ kind, object, text }) => ({
        ...this.#gives.get(object.definer)!,
        kind,
        certainty: "may",
        text: `${text}, which runs as ${object.definer}${isHidden(kind, object) ? "; its text is hidden" : ""}`,
        ...(context.isChosen && { setRole: true as const }),
      }));
  }

  #unitsOf({ events, routines, triggers, views }: ReachFacts, naming: Naming): Unit[] {
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
          const definer = this.#holdings.definer(event.definer);
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

  #holds({ database, name }: ViewFacts, wanted: readonly string[], context: Context): boolean {
    return this.#holdings
      .held(context, placeOf({ database, table: name }))
      .some(({ privileges }) => privileges.some(one => wanted.includes(one)));
  }

  /** A row that REPLACE or ON DUPLICATE KEY changes needs the privilege for that, too. */
  #fires({ database, table, when }: TriggerFacts, context: Context): boolean {
    return this.#holdings
      .held(context, placeOf({ database, table }))
      .some(({ privileges }) => privileges.includes(when));
  }

  /** Who may alter a routine can make it run with its definer's rights. */
  #executes(routine: RoutineFacts, context: Context): boolean {
    const object = { kind: routine.type, name: routine.name };
    const held = this.#holdings.held(context, { database: routine.database, object });
    const has = (wanted: string) => held.some(({ privileges }) => privileges.includes(wanted));
    return has("EXECUTE") && (!routine.isInvoker || has("ALTER ROUTINE"));
  }

  /** By the definer's own rights, and by what these make run. */
  #findGives(units: readonly Unit[]): Map<string, Gives> {
    const byDefiner = groupBy(units, ({ object }) => object.definer);
    const found = new Map([...byDefiner.keys()].map(definer => [definer, this.#ownGives(definer)]));
    const used = new Map([...byDefiner.keys()].map(definer => [definer, this.#usedBy(definer, byDefiner)]));
    for (let isMore = true; isMore; ) {
      isMore = false;
      for (const [definer, before] of found) {
        const now = both([before, ...used.get(definer)!.map(other => found.get(other)!)]);
        if (now.reads === before.reads && now.writes === before.writes) continue;
        isMore = true;
        found.set(definer, now);
      }
    }
    return found;
  }

  /** The definers of what this one makes run. */
  #usedBy(definer: string, byDefiner: ReadonlyMap<string, readonly Unit[]>): string[] {
    const context = this.#holdings.definer(definer);
    if (!context) return [];
    return [...byDefiner].flatMap(([other, units]) =>
      units.some(unit => unit.uses(context)) ? [other] : [],
    );
  }

  #ownGives(definer: string): Gives {
    const context = this.#holdings.definer(definer);
    if (!context) return NOTHING;
    return both([
      ...this.#views.allowed(directWays(context, this.#target, this.#holdings), context),
      ...this.#views.ways(context),
      ...ownGrants(context.account, this.#target, this.#holdings),
    ]);
  }
}
