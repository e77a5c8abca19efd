import { DATABASE_PRIVILEGES, type DatabasePrivilege, sortPrivileges } from "../catalogue/mysql-privileges";
import { byCodeUnit } from "../json";

/** Roles of roles.yaml by name, with the privileges that they inherit. */
export type KnownRoles = ReadonlyMap<string, readonly DatabasePrivilege[]>;

/** The longest list of privileges that is a role's name. */
const NAMED = 3;

/** One text for one set of privileges. */
const keyOf = (privileges: readonly string[]): string => sortPrivileges(privileges).join();

/**
 * Names a role for each set of privileges: a known role of exactly these, or else a new one. The name of a
 * new one depends on its privileges alone.
 */
export class RoleNames {
  readonly #known: ReadonlyMap<string, string>;
  readonly #taken: ReadonlySet<string>;
  readonly #roles: KnownRoles;
  readonly #added = new Map<string, readonly string[]>();

  constructor(roles: KnownRoles) {
    this.#roles = roles;
    this.#taken = new Set(roles.keys());
    this.#known = new Map([...roles].reverse().map(([name, privileges]) => [keyOf(privileges), name]));
  }

  readonly nameOf = (privileges: readonly string[]): string => {
    const known = this.#known.get(keyOf(privileges));
    if (known !== undefined) return known;
    const name = this.#free(newName(privileges));
    this.#added.set(name, sortPrivileges(privileges));
    return name;
  };

  /** The new roles as roles.yaml has them, by name. */
  get added(): Readonly<
    Record<string, { readonly description: string; readonly privileges: readonly string[] }>
  > {
    const entries = [...this.#added].sort(([a], [b]) => byCodeUnit(a, b));
    return Object.fromEntries(
      entries.map(([name, privileges]) => [name, { description: this.#describe(privileges), privileges }]),
    );
  }

  #free(name: string): string {
    return this.#taken.has(name) ? this.#free(`${name}_imported`) : name;
  }

  /** How the set differs from the known role that is nearest to it. */
  #describe(privileges: readonly string[]): string {
    const [nearest] = [...this.#roles]
      .map(([name, of]) => ({
        name,
        more: privileges.filter(p => !of.some(other => other === p)),
        less: of.filter(p => !privileges.includes(p)),
      }))
      .sort((a, b) => a.more.length + a.less.length - b.more.length - b.less.length);
    if (!nearest) return "As found on the server";
    const { less, more, name } = nearest;
    const parts = [
      ...(more.length > 0 ? [`with ${more.join(", ")}`] : []),
      ...(less.length > 0 ? [`without ${less.join(", ")}`] : []),
    ];
    return `As found on the server: \`${name}\` ${parts.join(" and ")}`;
  }
}

/** `select_insert`; for longer sets, a number whose bits are these privileges. */
function newName(privileges: readonly string[]): string {
  const sorted = sortPrivileges(privileges);
  if (sorted.length <= NAMED) return sorted.map(name => name.toLowerCase().replaceAll(" ", "-")).join("_");
  const bits = DATABASE_PRIVILEGES.reduce(
    (sum, privilege, at) => sum + (sorted.includes(privilege) ? 2 ** at : 0),
    0,
  );
  return `set_${bits.toString(16).padStart(5, "0")}`;
}
