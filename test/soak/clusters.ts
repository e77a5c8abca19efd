import type { RegistryEntry } from "../../core/contract/registry-entry";
import { DEFAULT_CEILING } from "../../core/roster/ceiling";
import type { MySqlLine } from "../../local/mysql/mysql-shape";

export const CLUSTERS = 12;
/** A native role of every server. It may read `COMMON`. */
export const NATIVE_ROLE = "reporting";
export const COMMON = "common";
/** An account without rights, from which accounts with GRANT OPTION may take what it does not have. */
export const PROBED_ACCOUNT = "ops_probe";
/** Global privileges that grants name: two static ones, and two that an account is made again to lose. */
export const GLOBAL = ["PROCESS", "REPLICATION CLIENT", "XA_RECOVER_ADMIN", "FLUSH_STATUS"] as const;

/** One of the clusters. Some share a server; prefix and databases are their own. */
export interface SoakCluster {
  readonly index: number;
  readonly name: string;
  readonly prefix: string;
  readonly line: MySqlLine;
  /** The second differs from the first in the one character that is an `_` there. */
  readonly databases: readonly [shop: string, neighbour: string, books: string];
  /** Matches the first and the third database. On 9.7 only: 8.0 has `partial_revokes` ON, as Aurora 3 has. */
  readonly pattern: string | undefined;
  readonly unmanaged: RegistryEntry["unmanaged"];
  readonly drift: RegistryEntry["drift"];
}

/** `a1` is the beginning of `a10`, as prefixes of neighbours may be. */
export const clusterOf = (index: number): SoakCluster => {
  const prefix = `a${index + 1}`;
  const line = index % 2 === 0 ? "9.7" : "8.0";
  return {
    index,
    name: `soak-${index + 1}`,
    prefix,
    line,
    databases: [`${prefix}_shop`, `${prefix}Xshop`, `${prefix}_books`],
    pattern: line === "9.7" ? `${prefix}\\_%` : undefined,
    unmanaged: (["remove", "lock", "report"] as const)[Math.floor(index / 2) % 3]!,
    drift: index % 4 < 2 ? "report" : "repair",
  };
};

/** The database's name as grants on this server spell it, where they are patterns. */
export const spelled = ({ pattern }: SoakCluster, database: string): string =>
  pattern ? database.replaceAll("_", "\\_") : database;

/** What a stack declares for `users/`, and Terraform writes to the registry. */
export const ceilingOf = () => ({
  ...DEFAULT_CEILING,
  global: [...GLOBAL],
  nativeRoles: [NATIVE_ROLE],
  grantOption: true as const,
});
