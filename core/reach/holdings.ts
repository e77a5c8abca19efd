import { groupBy } from "../group-by";
import { type ObservedAccount, type ObservedState, quoteAccount } from "../mysql";
import { isSameDatabase } from "../mysql/database-name";
import { hostRank, matchesHost } from "../mysql/host-order";
import { databaseRows, heldOnDatabase } from "./database-rows";
import type { Context, Held, Place } from "./held";
import { type HeldOnObject, ObjectRows } from "./object-rows";

/**
 * What accounts hold, as the server works it out: random rosters are compared with logins on 8.0.31 and 9.7.
 * Without active roles it takes, level by level, the rows of the nearest host that fits, those of other
 * accounts of the same name included; of the rows for a database only the most specific one counts. With an
 * active role it adds up the rows of exactly the account and its roles.
 */
export class Holdings {
  readonly #observed: ObservedState;
  readonly #activatesAll: boolean;
  readonly #accounts: ReadonlyMap<string, ObservedAccount>;
  readonly #byUser: ReadonlyMap<string, readonly ObservedAccount[]>;
  // Each is asked for once for every view, routine and trigger, and there may be thousands.
  readonly #definers = new Map<string, Context | undefined>();
  readonly #contexts = new Map<ObservedAccount, readonly Context[]>();
  readonly #onDatabases = new Map<Context, Map<string, readonly Held[]>>();
  readonly #objects = new Map<ObservedAccount, ObjectRows>();

  constructor(observed: ObservedState, activatesAllRoles: boolean) {
    this.#observed = observed;
    this.#activatesAll = activatesAllRoles;
    this.#accounts = new Map(observed.accounts.map(account => [quoteAccount(account), account]));
    this.#byUser = groupBy(observed.accounts, ({ user }) => user);
  }

  /**
   * With what rights code of the definer `user@host` runs: of the accounts of that name, the nearest whose
   * host takes the definer's (measured). It has its default roles, whatever a login activates. Undefined:
   * there is none, and the code fails (1449).
   */
  definer(text: string): Context | undefined {
    if (!this.#definers.has(text)) this.#definers.set(text, this.#findDefiner(text));
    return this.#definers.get(text);
  }

  /** The rights with every choice of roles: those at login first, then none, all, and each alone. */
  contexts(account: ObservedAccount): readonly Context[] {
    const known = this.#contexts.get(account) ?? this.#findContexts(account);
    this.#contexts.set(account, known);
    return known;
  }

  /** What somebody holds at the place with these rights. */
  held(context: Context, place: Place): readonly Held[] {
    const known = this.#onDatabases.get(context) ?? new Map<string, readonly Held[]>();
    this.#onDatabases.set(context, known);
    const { database } = place;
    const ofDatabase = known.get(database) ?? this.#ofDatabase(context, place);
    known.set(database, ofDatabase);
    const ofObjects = this.#ofObjects(context, place);
    return ofObjects.length === 0 ? ofDatabase : [...ofDatabase, ...ofObjects];
  }

  /** The dynamic privileges, and those on all databases, that the account has by itself and all its roles. */
  ofServer(account: ObservedAccount): ReadonlySet<string> {
    return new Set(
      this.withRoles(account).flatMap(({ dynamicPrivileges, globalPrivileges }) => [
        ...globalPrivileges,
        ...dynamicPrivileges.map(({ name }) => name),
      ]),
    );
  }

  /** The account with all its roles, those of its roles included. */
  withRoles = (account: ObservedAccount): ObservedAccount[] => [
    account,
    ...this.#withTheirs(this.#granted(account)),
  ];

  #findContexts(account: ObservedAccount): Context[] {
    const granted = this.#granted(account);
    const atLogin = this.#activatesAll ? granted : this.#defaultRoles(account);
    const found = [atLogin, [], granted, ...granted.map(role => [role])].map((roles, index) => ({
      account,
      host: account.host,
      roles: this.#withTheirs(roles),
      isChosen: index > 0,
    }));
    const keys = found.map(keyOf);
    return found.filter((_, index) => keys.indexOf(keys[index]!) === index);
  }

  #findDefiner(text: string): Context | undefined {
    const at = text.lastIndexOf("@");
    const [user, host] = [text.slice(0, at), text.slice(at + 1)];
    const [account] = this.#near(host, user);
    if (!account) return undefined;
    const roles = this.#withTheirs(this.#defaultRoles(account));
    return { account, host, roles, isChosen: false };
  }

  #defaultRoles(account: ObservedAccount): ObservedAccount[] {
    const names = new Set(account.defaultRoles.map(quoteAccount));
    return this.#granted(account).filter(role => names.has(quoteAccount(role)));
  }

  #granted(account: ObservedAccount): ObservedAccount[] {
    // The server gives an account without a name no role, a mandatory one neither (measured).
    if (account.user === "") return [];
    const own = quoteAccount(account);
    const names = new Set([...account.roles, ...this.#observed.mandatoryRoles].map(quoteAccount));
    names.delete(own);
    return [...names].flatMap(name => this.#accounts.get(name) ?? []);
  }

  #withTheirs(roles: readonly ObservedAccount[]): ObservedAccount[] {
    const found = new Set(roles);
    // A set is read on while it grows, and roles may form a circle.
    for (const role of found)
      for (const inner of role.roles) {
        const account = this.#accounts.get(quoteAccount(inner));
        if (account) found.add(account);
      }
    return [...found];
  }

  /** The accounts of the name whose host takes every client of the other host, the nearest first. */
  #near(host: string, user: string): ObservedAccount[] {
    const takes = (other: string) => other === host || other === "%" || matchesHost(other, host) === true;
    return (this.#byUser.get(user) ?? [])
      .filter(account => takes(account.host))
      .toSorted((a, b) => hostRank(b.host) - hostRank(a.host));
  }

  #ofDatabase(context: Context, place: Place): Held[] {
    const { account, host, roles } = context;
    const isAlone = roles.length === 0;
    const nameless = isAlone && account.user !== "" ? this.#near(host, "") : [];
    const rows = [...this.#holders(context), ...nameless].flatMap(holder =>
      databaseRows(holder, place, this.#observed),
    );
    return [
      ...[account, ...roles].map(holder => this.#global(holder, place)),
      ...heldOnDatabase(rows, !isAlone, place, this.#observed),
    ].filter(({ privileges }) => privileges.length > 0);
  }

  /** The accounts whose rows count below the whole server. */
  #holders({ account, host, roles }: Context): readonly ObservedAccount[] {
    return roles.length === 0 ? this.#near(host, account.user) : [account, ...roles];
  }

  #global(holder: ObservedAccount, { database }: Place): Held {
    const restricted = holder.restrictions
      .filter(one => isSameDatabase(one.database, database, this.#observed))
      .flatMap(one => one.privileges);
    return {
      level: "global",
      privileges: holder.globalPrivileges.filter(privilege => !restricted.includes(privilege)),
      on: "*.*",
      holder,
      grantOption: holder.globalGrantOption,
    };
  }

  /** Grants on tables and routines; without active roles, of each object only those of the nearest host. */
  #ofObjects(context: Context, place: Place): readonly HeldOnObject[] {
    const holders = this.#holders(context);
    const found = holders.flatMap(holder => this.#rowsOf(holder).at(place));
    if (context.roles.length > 0 || holders.length === 1) return found;
    const first = new Map(found.toReversed().map(({ holder, object }) => [object, holder]));
    return found.filter(({ holder, object }) => first.get(object) === holder);
  }

  #rowsOf(holder: ObservedAccount): ObjectRows {
    const known = this.#objects.get(holder) ?? new ObjectRows(holder, this.#observed);
    this.#objects.set(holder, known);
    return known;
  }
}

const keyOf = ({ roles }: Context): string => roles.map(quoteAccount).sort().join(",");
