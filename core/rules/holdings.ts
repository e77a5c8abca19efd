import { lowerName } from "../catalogue/lower-case";
import { escapeDatabase, patternsOverlap } from "../mysql/database-name";
import { EVERYWHERE, objectKey, placeText } from "../roster/granted-object";
import { grantsOf, holdsAt, type PlacedGrant, type Roster, type RosterAccount } from "../roster/roster";
import type { Right, Strength } from "../roster/roster-rules";
import { isAtLeast, strengthOfGrant } from "./strength";

/** A roster, and the cluster that it is of. */
export interface ClusterRoster {
  readonly cluster: string;
  readonly roster: Roster;
}

/** A grant that someone holds, or will. */
export interface Holding extends PlacedGrant {
  readonly cluster: string;
  readonly account: string;
  readonly details: RosterAccount;
  /** Whose it is, by user name: an agent's grants are its owner's, whatever the cluster. */
  readonly person: string;
  /** Set if the person is what a parameter's writer says, and the account has another name. */
  readonly isClaimed: boolean;
  readonly strength: Strength | undefined;
}

/**
 * All grants of a cluster that have not ended at `now`. Those of suspended accounts count: the account gets
 * its access back by one word.
 */
export const holdingsOf = ({ cluster, roster }: ClusterRoster, now: Date): Holding[] =>
  Object.entries(roster.accounts).flatMap(([account, details]) =>
    grantsOf(details)
      .filter(({ grant }) => holdsAt(grant, now))
      .map(placed => ({
        ...placed,
        cluster,
        account,
        details,
        person: details.owner ?? details.user,
        isClaimed: details.source !== undefined && nameIn(account) !== details.user,
        strength: strengthOfGrant(roster, placed),
      })),
  );

/** The name that follows the prefix. */
export const nameIn = (account: string): string => account.slice(account.indexOf("_") + 1);

/** `write on "payments.invoices" of "orders"`: what is held, for a message. */
export const holdingText = ({ cluster, database, grant, object }: Holding): string => {
  const isOfServer = database === EVERYWHERE;
  const what = isOfServer && object ? objectKey(object) : `${grant.role} on "${placeText(database, object)}"`;
  const byTeam = grant.team === undefined ? "" : ` by team ${grant.team}`;
  return `${what} of "${cluster}"${byTeam}`;
};

/** Databases of a rule on one cluster, and which of them a grant reaches. */
export class Places {
  readonly #named: ReadonlyMap<string, string>;
  readonly #byPattern = new Map<string, readonly string[]>();
  readonly #byDatabase = new Map<string, readonly string[]>();
  readonly #isAll: boolean;

  /** @param databases undefined for all that are `known` */
  constructor(databases: readonly string[] | undefined, known: readonly string[]) {
    this.#isAll = databases === undefined;
    this.#named = new Map((databases ?? known).map(name => [lowerName(name), name]));
  }

  /** The rule's databases that the grant reaches: the one that it is in, or all of its pattern. */
  reached({ database, object }: PlacedGrant): readonly string[] {
    if (object?.kind === "PRIVILEGE" || object?.kind === "ROLE") return [...this.#named.values()];
    if (object?.kind !== "PATTERN") return this.#exactly(database);
    const known = this.#byPattern.get(object.name);
    if (known) return known;
    const pattern = lowerName(object.name);
    const reached = [...this.#named]
      .filter(([name]) => patternsOverlap(escapeDatabase(name), pattern))
      .map(([, name]) => name);
    this.#byPattern.set(object.name, reached);
    return reached;
  }

  /** Whether the grant reaches one of them. One of all databases it always does. */
  isReached(placed: PlacedGrant): boolean {
    return this.#isAll || this.reached(placed).length > 0;
  }

  #exactly(database: string): readonly string[] {
    const known = this.#byDatabase.get(database);
    if (known) return known;
    const name = this.#named.get(lowerName(database));
    const reached = name === undefined ? [] : [name];
    this.#byDatabase.set(database, reached);
    return reached;
  }
}

/** Gives, for a right on one cluster, whether a grant counts as it. */
export class RightOnCluster {
  readonly places: Places;
  readonly #strength: Strength;

  constructor({ databases, strength }: Pick<Right, "databases" | "strength">, known: readonly string[]) {
    this.places = new Places(databases, known);
    this.#strength = strength;
  }

  isHeldBy(holding: Holding): boolean {
    return isAtLeast(holding.strength, this.#strength) && this.places.isReached(holding);
  }
}
