import { lowerName } from "../catalogue/lower-case";
import { type ObservedAccount, quoteIdentifier } from "../mysql";
import { foldDatabase } from "../mysql/database-name";
import { placeOf } from "./direct-ways";
import type { Mode } from "./held";
import type { Holdings } from "./holdings";
import type { ObjectName, ReachFacts, ReachTarget, ViewFacts } from "./reach-facts";
import type { Way } from "./way";

/** The rights with which something is read: an account and its active roles. */
export interface Context {
  readonly account: ObservedAccount;
  readonly mode: Mode;
}

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
  /** Those that reach the target. */
  readonly reaching: readonly ViewFacts[];

  constructor(facts: ReachFacts, target: ReachTarget, holdings: Holdings) {
    this.#facts = facts;
    this.#holdings = holdings;
    this.#byName = new Map(facts.views.map(view => [this.#key(view), view]));
    this.reaching = this.#reaching(target);
  }

  /** The ways by which the rights in a context reach the target through a view. */
  ways({ account, mode }: Context): Way[] {
    return this.reaching.flatMap((view): Way[] => {
      // Most accounts hold nothing on most views, and a server may have thousands of both.
      const place = placeOf({ database: view.database, table: view.name });
      if (this.#holdings.held(account, mode, place).length === 0) return [];
      const answers = ACTIONS.map(
        action => [action, this.#may(action, view, { account, mode }, new Set())] as const,
      );
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
          ...(mode.isChosen && { setRole: true as const }),
        };
        return allowed.length > 0 ? [way] : [];
      });
    });
  }

  #key = ({ database, name }: ObjectName): string =>
    JSON.stringify([foldDatabase(database, this.#facts.observed), foldDatabase(name, this.#facts.observed)]);

  #reaching(target: ReachTarget): ViewFacts[] {
    const database = foldDatabase(target.database, this.#facts.observed);
    const isTarget = (object: ObjectName) =>
      target.table === undefined
        ? foldDatabase(object.database, this.#facts.observed) === database
        : this.#key(object) === this.#key({ database: target.database, name: target.table });
    const found = new Set<ViewFacts>();
    const reached = new Set<string>();
    for (let isMore = true; isMore; ) {
      const next = this.#facts.views.filter(
        view =>
          !found.has(view) && view.reads.some(object => isTarget(object) || reached.has(this.#key(object))),
      );
      for (const view of next) {
        found.add(view);
        reached.add(this.#key(view));
      }
      isMore = next.length > 0;
    }
    return [...found];
  }

  /** Whether the context's rights suffice for the action on a table or view, and on what a view names. */
  #may(action: Action, object: ObjectName, context: Context, above: ReadonlySet<string>): Answer {
    if (OF_SERVER.has(lowerName(object.database))) return "can";
    const place = placeOf({ database: object.database, table: object.name });
    const held = this.#holdings
      .held(context.account, context.mode, place)
      .filter(({ privileges }) => privileges.includes(action));
    if (held.length === 0) return undefined;
    const isUnsure = held.every(one => one.isUnsure || (above.size > 0 && one.level === "columns"));
    const own: Answer = isUnsure ? "may" : "can";
    const view = this.#byName.get(this.#key(object));
    if (!view) return own;
    return least(own, this.#inside(action, view, context, new Set([...above, this.#key(view)])));
  }

  #inside(action: Action, view: ViewFacts, user: Context, above: ReadonlySet<string>): Answer {
    if (action !== "SELECT" && !view.isUpdatable) return undefined;
    const context = view.isInvoker ? user : this.definer(view.definer);
    // A view cannot name itself; what it reads may be hidden from the administrator.
    const reads = view.reads.filter(object => !above.has(this.#key(object)));
    if (!context || reads.length === 0) return undefined;
    const answers = reads.map(object => this.#may(action, object, context, above));
    const isSure = view.calls.length === 0 && (action === "SELECT" || reads.length === 1);
    // Of a join, one table is changed. Tables that its functions read count as its own (measured), and are
    // read with other rights.
    const isEach = action === "SELECT" && view.calls.length === 0;
    const all = isEach ? least(...answers) : answers.find(answer => answer !== undefined);
    return least(all, isSure ? "can" : "may");
  }

  /** The rights of a definer; undefined if the account does not exist, so that the code fails (1449). */
  definer(text: string): Context | undefined {
    const account = this.#holdings.definer(text);
    return account && { account, mode: this.#holdings.asDefiner(account) };
  }
}

const least = (...answers: readonly Answer[]): Answer =>
  answers.includes(undefined) ? undefined : answers.includes("may") ? "may" : "can";

export const nameOf = ({ database, name }: ObjectName): string =>
  `${quoteIdentifier(database)}.${quoteIdentifier(name)}`;
