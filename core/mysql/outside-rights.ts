import { groupBy } from "../group-by";
import { defined } from "../json";
import { isSameDatabase, rowReaches } from "./database-name";
import type { AccountId, ObservedState, OutsideGrant } from "./observed-state";
import { quoteAccount, quoteIdentifier } from "./quote";

/** Means every database. */
export const ALL = "*.*";

/** Something that an account holds. */
export interface Right {
  /** A privilege; GRANT OPTION, or a role with ADMIN OPTION; PROXY. */
  readonly kind: "reaches" | "can grant on" | "can act as";
  /** A database, `ALL`, or a quoted account. */
  readonly on: string;
  /** Only of `reaches`. */
  readonly privilege?: string;
  /** A quoted table, column or routine of the database, or the role that gives it; absent: all of `on`. */
  readonly where?: string;
  /** Set for a database of which the account has the privilege by a grant on all databases. */
  readonly everywhere?: true;
}

/** The rights of one account. */
export interface Holder {
  readonly account: AccountId;
  readonly rights: readonly Right[];
}

/** ``INSERT on `t` ``, ``on `t` ``, or "". */
export const rightDetail = ({ privilege, where }: Right): string =>
  [privilege, where && `on ${where}`].filter(Boolean).join(" ");

/** ``reaches orders by INSERT on `t` ``. */
export function rightText(right: Right): string {
  const detail = rightDetail(right);
  return `${right.kind} ${right.on}${detail && ` by ${detail}`}`;
}

/**
 * What each account holds on the databases, by its own grants and by its roles, and its rights by PROXY.
 * @param isWatched the accounts that count; the others may be their roles
 */
export function outsideRights(
  databases: readonly string[],
  observed: ObservedState,
  isWatched: (account: AccountId) => boolean,
): Holder[] {
  const { grants, proxies, roles } = observed.outside;
  const held = new HeldRights();
  const members = groupBy(roles, ({ role }) => quoteAccount(role));
  const reached = new Map<string | undefined, readonly string[]>([[undefined, [ALL]]]);
  for (const grant of grants) {
    const { account, database } = grant;
    if (!isWatched(account) && !members.has(quoteAccount(account))) continue;
    if (!reached.has(database))
      reached.set(
        database,
        databases.filter(name => rowReaches(database!, name, observed)),
      );
    for (const on of reached.get(database)!)
      for (const right of rightsOf(grant, on)) held.give(account, right);
    if (database === undefined)
      for (const right of rightsEverywhere(grant, databases, observed)) held.give(account, right);
  }
  const waiting = held.keys();
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop())
    for (const { adminOption, member, role } of members.get(key) ?? []) {
      const inherited = held.of(key);
      const where = `role ${quoteAccount(role)}`;
      const given = adminOption ? inherited.map(({ on }) => grantOptionOn(on, where)) : [];
      const isMore = [...inherited, ...given].map(right => held.give(member, right)).includes(true);
      if (isMore) waiting.push(quoteAccount(member));
    }
  // Members of a role do not act as those that the role may act as.
  for (const { account, proxied } of proxies)
    held.give(account, {
      kind: "can act as",
      on: proxied.user === "" ? "any account" : quoteAccount(proxied),
    });
  return held.holders().filter(({ account }) => isWatched(account));
}

/** What one grant gives on a database that it reaches. */
function rightsOf({ grantOption, object, privileges }: OutsideGrant, on: string): Right[] {
  const where = object && quoteObject(object);
  const rights = privileges.map(privilege => ({
    kind: "reaches" as const,
    on,
    privilege,
    ...defined({ where }),
  }));
  return grantOption ? [...rights, grantOptionOn(on, where)] : rights;
}

/**
 * What a grant on all databases gives on the managed ones. Without these, nobody would see that a partial
 * revoke was lifted: that writes no row.
 */
function rightsEverywhere(
  { privileges, restrictions = [] }: OutsideGrant,
  databases: readonly string[],
  names: ObservedState,
): Right[] {
  const isRestricted = (on: string, privilege: string) =>
    restrictions.some(one => one.privileges.includes(privilege) && isSameDatabase(one.database, on, names));
  return databases.flatMap(on =>
    privileges
      .filter(privilege => !isRestricted(on, privilege))
      .map(privilege => ({ kind: "reaches" as const, on, privilege, everywhere: true as const })),
  );
}

const grantOptionOn = (on: string, where: string | undefined): Right => ({
  kind: "can grant on",
  on,
  ...defined({ where }),
});

const quoteObject = ({ column, kind, name }: NonNullable<OutsideGrant["object"]>): string =>
  `${kind} ${quoteIdentifier(name)}${column === undefined ? "" : ` (${quoteIdentifier(column)})`}`;

class HeldRights {
  readonly #held = new Map<string, { readonly account: AccountId; readonly rights: Map<string, Right> }>();

  /** @returns whether the account did not have it yet */
  give(account: AccountId, right: Right): boolean {
    const key = quoteAccount(account);
    const holder = this.#held.get(key) ?? { account, rights: new Map<string, Right>() };
    this.#held.set(key, holder);
    const text = rightText(right);
    const isNew = !holder.rights.has(text);
    holder.rights.set(text, right);
    return isNew;
  }

  keys = (): string[] => [...this.#held.keys()];
  of = (key: string): Right[] => [...this.#held.get(key)!.rights.values()];

  /** What each holds, without what a privilege on the whole database includes. */
  holders(): Holder[] {
    return [...this.#held.values()].map(({ account, rights }) => {
      const isIncluded = ({ kind, on, privilege, where }: Right) =>
        privilege !== undefined && where !== undefined && rights.has(rightText({ kind, on, privilege }));
      return { account, rights: [...rights.values()].filter(right => !isIncluded(right)) };
    });
  }
}
