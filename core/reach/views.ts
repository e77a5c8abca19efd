import { lowerName } from "../catalogue/lower-case";
import { groupBy } from "../group-by";
import { quoteIdentifier } from "../mysql";
import { foldDatabase } from "../mysql/database-name";
import { placeOf } from "./direct-ways";
import type { Context, Held } from "./held";
import type { Holdings } from "./holdings";
import type { ObjectName, ReachFacts, ReachTarget, ViewFacts } from "./reach-facts";
import type { Way } from "./way";

/** `may`: it depends on columns, or on functions. */
type Answer = "can" | "may" | undefined;

const ACTIONS = ["SELECT", "INSERT", "UPDATE", "DELETE"] as const;
type Action = (typeof ACTIONS)[number];

/** Databases whose tables everyone may read, or where the server answers each with what they may see. */
const OF_SERVER = new Set(["information_schema", "performance_schema"]);

/** The views that read what is asked about, by themselves or by other views, and who may use them. */
export class Views {
  readonly #holdings: Holdings;
  readonly #facts: ReachFacts;
  readonly #byName: ReadonlyMap<string, ViewFacts>;
  readonly #answers = new Map<Context, Map<string, Answer>>();
  readonly #target: ViewFacts | undefined;
  /** Those that reach the target. */
  readonly reaching: readonly ViewFacts[];

  constructor(facts: ReachFacts, target: ReachTarget, holdings: Holdings) {
    this.#facts = facts;
    this.#holdings = holdings;
    this.#byName = new Map(facts.views.map(view => [this.#key(view), view]));
    const { database, table } = target;
    this.#target = table === undefined ? undefined : this.#byName.get(this.#key({ database, name: table }));
    this.reaching = this.#reaching(target);
  }

  /** The ways by which the rights in a context reach the target through a view. */
  ways(context: Context): Way[] {
    return this.reaching.flatMap((view): Way[] => {
      // Most accounts hold nothing on most views, and a server may have thousands of both.
      const held = this.#held(view, context);
      if (held.length === 0) return [];
      const answers = ACTIONS.map(action => [action, this.#used(action, view, context, held)] as const);
      return (["can", "may"] as const).flatMap(certainty => {
        const allowed = answers.filter(([, answer]) => answer === certainty).map(([action]) => action);
        const reads = allowed.includes("SELECT");
        const runsAs = view.isInvoker ? "" : `, which runs as ${view.definer}`;
        const way: Way = {
          kind: "view",
          certainty,
          reads,
          writes: allowed.length > Number(reads),
          text: `${allowed.join(", ")} on view ${nameOf(view)}${runsAs}`,
          ...(context.isChosen && { setRole: true as const }),
        };
        return allowed.length > 0 ? [way] : [];
      });
    });
  }

  /**
   * The ways by grants on what is asked about. Of a view, the rights that it reads with decide, too; and to
   * alter or drop it loses no row.
   */
  allowed(ways: readonly Way[], context: Context): Way[] {
    const view = this.#target;
    if (!view) return [...ways];
    const answers = ACTIONS.map(action => this.#inside(action, view, context));
    const [reads, ...changes] = answers;
    const writes = changes.includes("can") ? "can" : changes.find(answer => answer !== undefined);
    return ways.flatMap(way => {
      const allowed = { reads: way.reads && reads !== undefined, writes: way.writes && writes !== undefined };
      const isSure = (allowed.reads && reads === "can") || (allowed.writes && writes === "can");
      if (!allowed.reads && !allowed.writes) return [];
      return [{ ...way, ...allowed, certainty: isSure ? way.certainty : ("may" as const) }];
    });
  }

  #key = ({ database, name }: ObjectName): string =>
    JSON.stringify([foldDatabase(database, this.#facts.observed), foldDatabase(name, this.#facts.observed)]);

  #held = ({ database, name }: ObjectName, context: Context): readonly Held[] =>
    this.#holdings.held(context, placeOf({ database, table: name }));

  #reaching(target: ReachTarget): ViewFacts[] {
    const database = foldDatabase(target.database, this.#facts.observed);
    const uses = this.#facts.views.flatMap(view => view.reads.map(object => ({ view, object })));
    const users = groupBy(uses, ({ object }) => this.#key(object));
    const direct =
      target.table === undefined
        ? uses.filter(({ object }) => foldDatabase(object.database, this.#facts.observed) === database)
        : (users.get(this.#key({ database: target.database, name: target.table })) ?? []);
    const found = new Set(direct.map(({ view }) => view));
    // A set is read on while it grows.
    for (const below of found) for (const { view } of users.get(this.#key(below)) ?? []) found.add(view);
    return [...found];
  }

  /** Whether the rights suffice for the action on a table or view that a view names. */
  #named(action: Action, object: ObjectName, context: Context): Answer {
    if (OF_SERVER.has(lowerName(object.database))) return "can";
    const known = this.#answers.get(context) ?? new Map<string, Answer>();
    this.#answers.set(context, known);
    const key = `${action} ${this.#key(object)}`;
    if (!known.has(key)) {
      // What names itself fails (1356, measured).
      known.set(key, undefined);
      const held = this.#held(object, context).map(one =>
        one.level === "columns" ? { ...one, isUnsure: true as const } : one,
      );
      known.set(key, this.#used(action, object, context, held));
    }
    return known.get(key);
  }

  /** Whether what is held on a table or view suffices for the action, and the rights on what a view names. */
  #used(action: Action, object: ObjectName, context: Context, held: readonly Held[]): Answer {
    const suitable = held.filter(({ privileges }) => privileges.includes(action));
    if (suitable.length === 0) return undefined;
    const own: Answer = suitable.every(({ isUnsure }) => isUnsure) ? "may" : "can";
    const view = this.#byName.get(this.#key(object));
    return view ? least(own, this.#inside(action, view, context)) : own;
  }

  #inside(action: Action, view: ViewFacts, user: Context): Answer {
    if (action !== "SELECT" && !view.isUpdatable) return undefined;
    const context = view.isInvoker ? user : this.#holdings.definer(view.definer);
    if (!context) return undefined;
    // What it reads may be hidden from the administrator.
    if (view.reads.length === 0) return "may";
    const answers = view.reads.map(object => this.#named(action, object, context));
    const isSure = view.calls.length === 0 && (action === "SELECT" || view.reads.length === 1);
    // Of a join, one table is changed. Tables that its functions read count as its own (measured), and are
    // read with other rights.
    const isEach = action === "SELECT" && view.calls.length === 0;
    const all = isEach ? least(...answers) : answers.find(answer => answer !== undefined);
    return least(all, isSure ? "can" : "may");
  }
}

const least = (...answers: readonly Answer[]): Answer =>
  answers.includes(undefined) ? undefined : answers.includes("may") ? "may" : "can";

export const nameOf = ({ database, name }: ObjectName): string =>
  `${quoteIdentifier(database)}.${quoteIdentifier(name)}`;
