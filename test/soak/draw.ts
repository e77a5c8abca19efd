import type { Dice } from "../mysql/reconciler/hostile/dice";
import { clusterOf, GLOBAL, type SoakCluster } from "./clusters";
import { ANYWHERE, newHosts } from "./hosts";
import {
  DAY,
  type Expiry,
  fits,
  type Grant,
  HOUR,
  isDynamic,
  type Place,
  type User,
  type World,
} from "./people";

const FIRST = ["ada", "bo", "Cleo", "dai", "eve", "finn", "gül", "hana", "ian", "o'jo"] as const;
const LAST = ["adams", "Berg", "chen", "da costa", "evans", "fox", "grün"] as const;

const ROLES: readonly [string, readonly string[]][] = [
  ["read", ["SELECT"]],
  ["write", ["SELECT", "INSERT", "UPDATE"]],
  ["change", ["SELECT", "INSERT", "UPDATE", "DELETE"]],
  [
    "build",
    [
      ...["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "INDEX", "EXECUTE"],
      ...["CREATE TEMPORARY TABLES", "CREATE VIEW"],
    ],
  ],
];
const OF_TABLES = ["read", "write", "change"] as const;
const OF_COLUMNS = [["SELECT"], ["SELECT", "UPDATE"], ["INSERT"], ["UPDATE"]] as const;

/** An empty folder. */
export const emptyWorld = (clusters: number): World => ({
  clusters: Array.from({ length: clusters }, (_, index) => clusterOf(index)),
  users: new Map(),
  roles: new Map(ROLES),
  former: [],
  authors: new Set(),
  names: 0,
});

/** A name that nobody had before. Some are no plain ASCII words, and some have an account of another name. */
export function newName(world: World, dice: Dice): Pick<User, "username" | "account"> {
  const number = ++world.names;
  const username = `${dice.pick(FIRST)}.${dice.pick(LAST)}.${number}`;
  return { username, account: dice.chance(0.15) ? `acct-${number}` : username };
}

/** Somebody new, with grants on some clusters. */
export function newUser(world: World, dice: Dice, now: number): User {
  const drawn = dice.upTo(10);
  const owners = [...world.users.values()].filter(({ kind }) => kind === "person");
  const kind = drawn === 9 && owners.length > 0 ? "agent" : drawn > 5 ? "service" : "person";
  const isByPassword = kind === "service" && dice.chance(0.5);
  let user: User = {
    ...newName(world, dice),
    kind,
    ...(kind === "agent" && { owner: dice.pick(owners).username }),
    ...(isByPassword && { login: "password" as const, hosts: ANYWHERE }),
    ...(!isByPassword && dice.chance(0.4) && { hosts: newHosts(dice) }),
    ...(dice.chance(0.15) && { limits: newLimits(dice) }),
    ...(dice.chance(0.03) && kind !== "service" && { tls: "x509" as const }),
    grants: [],
  };
  for (let count = 1 + dice.upTo(4); count > 0; count--) user = withGrant(user, world, dice, now);
  return user;
}

/** None is met: each login tries some fifty statements. */
export const newLimits = (dice: Dice): NonNullable<User["limits"]> => ({
  connections: dice.pick([0, 3, 40]),
  ...(dice.chance(0.5) && { queriesPerHour: dice.pick([0, 100_000]) }),
  ...(dice.chance(0.3) && { updatesPerHour: 90_000 }),
});

/** The user with one more grant, if the drawn one fits to the others. */
export function withGrant(user: User, world: World, dice: Dice, now: number): User {
  const known = user.grants.map(({ cluster }) => cluster);
  const cluster = known.length > 0 && dice.chance(0.5) ? dice.pick(known) : dice.pick(world.clusters);
  const grant = newGrant(user, cluster, dice, now);
  return withOneMore(user, grant, world);
}

/** The user with the grant, if it fits to the others. */
export const withOneMore = (user: User, grant: Grant, { authors }: World): User =>
  fits(user, grant) && !(isDynamic(grant) && authors.has(user.username))
    ? { ...user, grants: [...user.grants, grant] }
    : user;

export function newGrant({ kind }: Pick<User, "kind">, cluster: SoakCluster, dice: Dice, now: number): Grant {
  const isAgent = kind === "agent";
  const place = newPlace(cluster, dice, isAgent);
  const mayEnd = isAgent || dice.chance(0.4);
  return {
    cluster,
    place,
    ...whatOn(place, dice, isAgent),
    ...(mayEnd && { expires: newExpiry(dice, now, 60) }),
    ...(mayEnd && dice.chance(0.5) && { reason: `INC-${dice.upTo(9_999)} "quoted" | 'text'` }),
  };
}

function newPlace(cluster: SoakCluster, dice: Dice, isAgent: boolean): Place {
  const { databases, pattern } = cluster;
  const database = dice.pick(databases);
  const drawn = dice.upTo(20);
  if (drawn < 8)
    return { kind: "databases", databases: dice.chance(0.3) ? databases.slice(0, 2) : [database] };
  if (drawn < 11) return { kind: "project" };
  if (drawn < 13) return { kind: "tables", database, tables: dice.chance(0.5) ? ["t"] : ["t", "u"] };
  if (drawn < 15) return { kind: "columns", database, table: "t", columns: [dice.pick(["a", "b"])] };
  if (drawn < 16 && pattern) return { kind: "pattern", pattern };
  if (isAgent) return { kind: "databases", databases: [database] };
  if (drawn < 18)
    return { kind: "routines", database, procedures: ["p"], functions: dice.chance(0.5) ? ["f"] : [] };
  if (drawn < 19) return { kind: "global", privileges: [dice.pick(GLOBAL)] };
  return { kind: "native" };
}

/** Which privileges the grant gives, as MySQL has them at its level. */
function whatOn(place: Place, dice: Dice, isAgent: boolean): Omit<Grant, "cluster" | "place"> {
  switch (place.kind) {
    case "global":
    case "native":
    case "routines":
      return {};
    case "columns":
      return { privileges: isAgent ? ["SELECT"] : dice.pick(OF_COLUMNS) };
    case "tables":
      return { role: isAgent ? "read" : dice.pick(OF_TABLES) };
    default:
      return {
        role: newRole(dice, isAgent),
        ...(!isAgent && dice.chance(0.08) && { grantOption: true as const }),
      };
  }
}

export const newRole = (dice: Dice, isAgent: boolean): string =>
  isAgent ? "read" : dice.pick(["read", "read", "write", "change", "build"]);

/** A day, which counts to its end, or a moment at 15:00 UTC. */
export function newExpiry(dice: Dice, now: number, days: number): Expiry {
  const day = Math.floor(now / DAY) + 1 + dice.upTo(days);
  const date = (at: number) => new Date(at).toISOString().slice(0, 10);
  return dice.chance(0.5)
    ? { text: date(day * DAY), at: (day + 1) * DAY }
    : { text: `${date(day * DAY)}T17:00:00+02:00`, at: day * DAY + 15 * HOUR };
}
