import type { AccountOptions } from "../../core/roster/account-options";
import type { SoakCluster } from "./clusters";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** What a grant is on. */
export type Place =
  | { readonly kind: "databases"; readonly databases: readonly string[] }
  | { readonly kind: "project" }
  | { readonly kind: "pattern"; readonly pattern: string }
  | { readonly kind: "tables"; readonly database: string; readonly tables: readonly string[] }
  | {
      readonly kind: "columns";
      readonly database: string;
      readonly table: string;
      readonly columns: readonly string[];
    }
  | {
      readonly kind: "routines";
      readonly database: string;
      readonly procedures: readonly string[];
      readonly functions: readonly string[];
    }
  | { readonly kind: "global"; readonly privileges: readonly string[] }
  | { readonly kind: "native" };

/** A grant as a file says it. */
export interface Grant {
  readonly cluster: SoakCluster;
  readonly place: Place;
  readonly role?: string;
  readonly privileges?: readonly string[];
  readonly grantOption?: true;
  readonly expires?: Expiry;
  readonly reason?: string;
}

export interface Expiry {
  /** As the file says it. */
  readonly text: string;
  /** The moment that it means, in milliseconds since 1970. */
  readonly at: number;
}

/** A person, service or agent with a file. */
export interface User {
  readonly username: string;
  /** What follows the prefix. */
  readonly account: string;
  readonly kind: "person" | "service" | "agent";
  readonly login?: "password";
  readonly owner?: string;
  readonly formerly?: string;
  readonly suspended?: true;
  readonly limits?: NonNullable<AccountOptions["limits"]>;
  readonly tls?: "x509";
  /** As the server keeps them. Absent: defaults count. With a password: anywhere, also against defaults. */
  readonly hosts?: readonly string[];
  readonly grants: readonly Grant[];
}

/** Everything that the files say. */
export interface World {
  readonly clusters: readonly SoakCluster[];
  readonly users: Map<string, User>;
  /** The privileges of each role of `roles.yaml`, also of those that it inherits. */
  readonly roles: Map<string, readonly string[]>;
  /** Accounts that nobody has any more: of leavers, and former names. Without their prefix. */
  readonly former: string[];
  /** User names of those whose accounts have made views. */
  readonly authors: Set<string>;
  /** How many names were given. */
  names: number;
}

/** The databases of a cluster that the project `shop` has there. */
export const projectDatabases = ({ databases }: SoakCluster): readonly string[] => [
  databases[0],
  databases[2],
];

/** What the role `write` gives by way of the project on every third cluster, where it is another one. */
export const PROJECT_WRITE = ["SELECT", "INSERT"] as const;
export const hasOwnWrite = ({ index }: SoakCluster): boolean => index % 3 === 0;

/** What an account has one grant on at most, with databases that a pattern matches. */
export function slotsOf({ cluster, place }: Grant): readonly string[] {
  const within = (): readonly string[] => {
    switch (place.kind) {
      case "databases":
        return place.databases.map(one => `database ${one}`);
      case "project":
      case "pattern":
        return projectDatabases(cluster).map(one => `database ${one}`);
      case "tables":
        return place.tables.map(one => `table ${place.database}.${one}`);
      case "columns":
        return [`columns ${place.database}.${place.table}`];
      case "routines":
        return [...place.procedures, ...place.functions].map(one => `routine ${place.database}.${one}`);
      case "global":
        return place.privileges.map(one => `global ${one}`);
      case "native":
        return ["native"];
    }
  };
  return within().map(slot => `${cluster.index} ${slot}`);
}

export const isAscii = (name: string): boolean => /^[ -~]+$/.test(name);

/** The server keeps a grant on a routine to an account of another name only until it starts again. */
export const survives = ({ account }: Pick<User, "account">, { place }: Grant): boolean =>
  place.kind !== "routines" || isAscii(account);

/**
 * Whether the grant is of a dynamic privilege. An administrator with partial revokes takes it only by making
 * the account again, which is not possible while views run as it.
 */
export const isDynamic = ({ place }: Grant): boolean =>
  place.kind === "global" && place.privileges.some(name => name.includes("_"));

/** Whether the user may get the grant in addition to those that the file has. */
export function fits(user: User, grant: Grant): boolean {
  const taken = new Set(user.grants.flatMap(slotsOf));
  return survives(user, grant) && slotsOf(grant).every(slot => !taken.has(slot));
}
