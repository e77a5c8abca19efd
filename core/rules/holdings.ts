import { lowerName } from "../catalogue/lower-case";
import { nameMatcher } from "../mysql/database-name";
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
  /** The account's address. Of a source's account also the reviewed ones of the people that it names. */
  readonly emails: readonly string[];
}

/**
 * All grants of a cluster, those that have ended by `now` apart. Those of suspended accounts count: the
 * account gets its access back by one word.
 */
export function holdingsOf(
  { cluster, roster }: ClusterRoster,
  now: Date,
): Readonly<Record<"holdings" | "ended", Holding[]>> {
  const [holdings, ended]: [Holding[], Holding[]] = [[], []];
  const reviewed = reviewedEmails(roster);
  for (const [account, details] of Object.entries(roster.accounts)) {
    const named = details.source === undefined ? [] : [details.user, nameIn(account)];
    const emails = [details.email, ...named.map(name => reviewed.get(name))].filter(one => one !== undefined);
    for (const placed of grantsOf(details))
      (holdsAt(placed.grant, now) ? holdings : ended).push({
        ...placed,
        cluster,
        account,
        details,
        person: details.owner ?? details.user,
        isClaimed: details.source !== undefined && nameIn(account) !== details.user,
        strength: strengthOfGrant(roster, placed),
        emails,
      });
  }
  return { holdings, ended };
}

/** By user name, the addresses that no parameter's writer chose. */
const reviewedEmails = ({ accounts }: Roster): ReadonlyMap<string, string> =>
  new Map(
    Object.values(accounts).flatMap(({ email, source, user }) =>
      source === undefined && email !== undefined ? [[user, email] as const] : [],
    ),
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
  readonly #named: ReadonlyMap<string, readonly [name: string]>;
  readonly #all: readonly string[];
  readonly #byPattern = new Map<string, readonly string[]>();
  readonly #isAll: boolean;

  /** @param databases undefined for all that are `known` */
  constructor(databases: readonly string[] | undefined, known: readonly string[]) {
    this.#isAll = databases === undefined;
    this.#named = new Map((databases ?? known).map(name => [lowerName(name), [name]]));
    this.#all = [...this.#named.values()].flat();
  }

  /** The rule's databases that the grant reaches: the one that it is in, or all of its pattern. */
  reached({ database, object }: PlacedGrant): readonly string[] {
    if (object?.kind === "PRIVILEGE" || object?.kind === "ROLE") return this.#all;
    return object?.kind === "PATTERN"
      ? this.#matching(object.name)
      : (this.#named.get(lowerName(database)) ?? []);
  }

  /** Whether the grant reaches one of them. One of all databases it always does. */
  isReached(placed: PlacedGrant): boolean {
    return this.#isAll || this.reached(placed).length > 0;
  }

  #matching(pattern: string): readonly string[] {
    const known = this.#byPattern.get(pattern);
    if (known) return known;
    const matches = nameMatcher(lowerName(pattern));
    const reached = [...this.#named].filter(([name]) => matches(name)).map(([, [name]]) => name);
    this.#byPattern.set(pattern, reached);
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
