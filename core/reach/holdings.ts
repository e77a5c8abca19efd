import { lowerName } from "../catalogue/lower-case";
import { groupBy } from "../group-by";
import { type ObservedAccount, type ObservedState, quoteAccount } from "../mysql";
import { isSameDatabase } from "../mysql/database-name";
import { hostRank, matchesHost } from "../mysql/host-order";
import { quoteIdentifier } from "../mysql/quote";
import { countingAlone, countingWithRoles, databaseRows, heldOnDatabase } from "./database-rows";
import type { Held, Mode, Place } from "./held";

/**
 * What accounts hold, as the server works it out (measured on 8.0 and 9.7). Without active roles it takes,
 * level by level, the rows of the nearest host that fits, those of other accounts of the same name included;
 * of the rows for a database only the most specific one counts. With an active role it adds up the rows of
 * exactly the account and its roles.
 */
export class Holdings {
  readonly #observed: ObservedState;
  readonly #activatesAll: boolean;
  readonly #accounts: ReadonlyMap<string, ObservedAccount>;
  readonly #byUser: ReadonlyMap<string, readonly ObservedAccount[]>;
  readonly #near = new Map<ObservedAccount, Near>();

  constructor(observed: ObservedState, activatesAllRoles: boolean) {
    this.#observed = observed;
    this.#activatesAll = activatesAllRoles;
    this.#accounts = new Map(observed.accounts.map(account => [quoteAccount(account), account]));
    this.#byUser = groupBy(observed.accounts, ({ user }) => user);
  }

  /**
   * The account with whose rights code of the definer `user@host` runs: of the accounts of that name, the
   * nearest whose host takes the definer's (measured). Undefined: there is none, and the code fails (1449).
   */
  definer(text: string): ObservedAccount | undefined {
    const at = text.lastIndexOf("@");
    const [user, host] = [text.slice(0, at), text.slice(at + 1)];
    return near(host, this.#byUser.get(user) ?? [])[0];
  }

  /** The roles that are active after a login. */
  atLogin(account: ObservedAccount): Mode {
    if (!this.#activatesAll) return this.asDefiner(account);
    return { roles: this.#withTheirs(this.#granted(account)), isChosen: false };
  }

  /** The roles in code that runs with the account's rights: its default ones, whatever a login activates. */
  asDefiner(account: ObservedAccount): Mode {
    const names = new Set(account.defaultRoles.map(quoteAccount));
    const active = this.#granted(account).filter(role => names.has(quoteAccount(role)));
    return { roles: this.#withTheirs(active), isChosen: false };
  }

  /** Every choice of roles: those at login first, then none, all, and each alone. */
  modes(account: ObservedAccount): Mode[] {
    const granted = this.#granted(account);
    const chosen = [[], granted, ...granted.map(role => [role])].map(roles => ({
      roles: this.#withTheirs(roles),
      isChosen: true,
    }));
    const found = [this.atLogin(account), ...chosen];
    const keys = found.map(keyOf);
    return found.filter((_, index) => keys.indexOf(keys[index]!) === index);
  }

  /** What the account holds at the place, with these roles. */
  held(account: ObservedAccount, { roles }: Mode, place: Place): Held[] {
    const all =
      roles.length === 0 ? this.#heldAlone(account, place) : this.#heldWith([account, ...roles], place);
    return all.filter(({ privileges }) => privileges.length > 0);
  }

  /** The dynamic privileges, and those on all databases, that the account has by itself and all its roles. */
  ofServer(account: ObservedAccount): ReadonlySet<string> {
    const all = [account, ...this.#withTheirs(this.#granted(account))];
    return new Set(
      all.flatMap(({ dynamicPrivileges, globalPrivileges }) => [
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

  #heldAlone(account: ObservedAccount, place: Place): Held[] {
    const { nameless, sameName } = this.#nearOf(account);
    const rows = [...sameName, ...nameless].flatMap(holder => databaseRows(holder, place, this.#observed));
    return [
      this.#global(account, place),
      ...this.#onDatabase(countingAlone(rows, this.#observed), place),
      ...this.#onObjects(sameName, place, true),
    ];
  }

  #nearOf(account: ObservedAccount): Near {
    const known = this.#near.get(account);
    if (known) return known;
    const found = {
      sameName: near(account.host, this.#byUser.get(account.user) ?? []),
      nameless: account.user === "" ? [] : near(account.host, this.#byUser.get("") ?? []),
    };
    this.#near.set(account, found);
    return found;
  }

  #heldWith(identities: readonly ObservedAccount[], place: Place): Held[] {
    const rows = identities.flatMap(holder => databaseRows(holder, place, this.#observed));
    return [
      ...identities.map(identity => this.#global(identity, place)),
      ...this.#onDatabase(countingWithRoles(rows, place, this.#observed), place),
      ...this.#onObjects(identities, place, false),
    ];
  }

  #onDatabase({ isUnsure, rows }: ReturnType<typeof countingAlone>, place: Place): Held[] {
    return rows.map(({ account, row }) => ({
      ...heldOnDatabase(account, row, place),
      ...(isUnsure && { isUnsure }),
    }));
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

  #isSame = (a: string, b: string): boolean => isSameDatabase(a, b, this.#observed);

  /** Grants on tables and routines; of each object, only those of the first holder if `onlyFirst`. */
  #onObjects(holders: readonly ObservedAccount[], place: Place, onlyFirst: boolean): Held[] {
    const { kind = "TABLE" } = place.object ?? {};
    const found =
      kind === "TABLE" ? this.#tables(holders, place) : this.#routines(holders, { ...place, kind });
    const first = new Map(found.toReversed().map(({ holder, object }) => [object, holder]));
    return found.filter(({ holder, object }) => !onlyFirst || first.get(object) === holder);
  }

  #tables(holders: readonly ObservedAccount[], { database, object }: Place): HeldOnObject[] {
    const all = holders.flatMap(holder => holder.tables.map(row => ({ holder, row })));
    return all
      .filter(({ row }) => this.#isSame(row.database, database))
      .filter(({ row }) => !object || this.#isSame(row.table, object.name))
      .flatMap(({ holder, row: { columns, grantOption, privileges, ...row } }) => {
        const on = `${quoteIdentifier(row.database)}.${quoteIdentifier(row.table)}`;
        const common = { on, object: on, holder, grantOption };
        return [
          { ...common, level: "table" as const, privileges },
          ...columns.map(one => ({
            ...common,
            level: "columns" as const,
            privileges: [one.privilege],
            on: `${on} (${one.columns.map(quoteIdentifier).join(", ")})`,
          })),
        ];
      });
  }

  #routines(
    holders: readonly ObservedAccount[],
    { database, kind, object }: Place & { readonly kind: string },
  ): HeldOnObject[] {
    const all = holders.flatMap(holder => holder.routines.map(row => ({ holder, row })));
    return (
      all
        .filter(({ row }) => row.type === kind && this.#isSame(row.database, database))
        // The server compares names of routines without case.
        .filter(({ row }) => !object || lowerName(row.routine) === lowerName(object.name))
        .map(({ holder, row: { grantOption, privileges, ...row } }) => {
          const on = `${quoteIdentifier(row.database)}.${quoteIdentifier(row.routine)}`;
          return { level: "routine" as const, privileges, on, object: on, holder, grantOption };
        })
    );
  }
}

/** The accounts of the same name, and those without one, whose rows count for an account's clients. */
type Near = Readonly<Record<"sameName" | "nameless", readonly ObservedAccount[]>>;

/** With the table or routine itself, where `on` has columns. */
type HeldOnObject = Held & { readonly object: string };

/** Those whose host takes every client of the other host, the nearest first. */
function near(host: string, of: readonly ObservedAccount[]): ObservedAccount[] {
  const takes = (other: string) => other === host || other === "%" || matchesHost(other, host) === true;
  return of.filter(account => takes(account.host)).toSorted((a, b) => hostRank(b.host) - hostRank(a.host));
}

const keyOf = ({ roles }: Mode): string => roles.map(quoteAccount).sort().join(",");
