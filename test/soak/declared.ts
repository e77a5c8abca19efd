import type { SoakCluster } from "./clusters";
import { ANYWHERE, DEFAULT_HOSTS } from "./hosts";
import { type Grant, hasOwnWrite, PROJECT_WRITE, projectDatabases, type User, type World } from "./people";
import { PROBES } from "./probes";
import { SETTINGS } from "./user-files";

/**
 * What the files say of one account at one moment, found without the product's own reader and planner. It is
 * compared with the server's tables and with what logins may do.
 */
export interface Declared {
  readonly user: User;
  /** The whole name of the account. */
  readonly account: string;
  readonly isSuspended: boolean;
  /** Each has an account. */
  readonly hosts: readonly string[];
  /** Queries, updates and connections an hour, and connections at a time. */
  readonly limits: readonly number[];
  readonly access: readonly string[];
}

/** The accounts of a cluster, by name. One without a grant in force does not exist. */
export function declaredOn(world: World, cluster: SoakCluster, now: number): ReadonlyMap<string, Declared> {
  const found = new Map<string, Declared>();
  for (const user of world.users.values()) {
    const here = user.grants.filter(grant => grant.cluster === cluster);
    const inForce = here.filter(({ expires }) => expires === undefined || expires.at > now);
    if (inForce.length === 0) continue;
    const account = `${cluster.prefix}_${user.account.normalize("NFC")}`;
    const isSuspended = user.suspended === true || world.users.get(user.owner ?? "")?.suspended === true;
    const access = accessOf(world, cluster, inForce);
    const terms = { hosts: hostsOf(user, here), limits: limitsOf(user, here) };
    found.set(account, { user, account, isSuspended, ...terms, access });
  }
  return found;
}

function hostsOf({ hosts, kind }: User, grants: readonly Grant[]): readonly string[] {
  const hasDefault = kind === "agent" || grants.some(isBuild) || grants.some(isOnProject);
  return hosts ?? (hasDefault ? DEFAULT_HOSTS : ANYWHERE);
}

const isBuild = ({ role }: Grant): boolean => role === "build";
const isOnProject = ({ place }: Grant): boolean => place.kind === "project";

/** Whether anybody here can log in: nobody has a certificate. */
export const canLogIn = ({ isSuspended, user }: Declared): boolean => !isSuspended && user.tls !== "x509";

const AGENT = { connections: 5, queriesPerHour: 10_000, updatesPerHour: 1_000, connectionsPerHour: 600 };
const NAMES = ["queriesPerHour", "updatesPerHour", "connectionsPerHour", "connections"] as const;

function limitsOf({ kind, limits }: User, grants: readonly Grant[]): readonly number[] {
  const { agent, person, projects, roles } = SETTINGS.defaults;
  const ofKind = { agent: { ...AGENT, ...agent.limits }, person: person.limits, service: {} }[kind];
  const defaults: readonly Partial<Record<(typeof NAMES)[number], number>>[] = [
    ofKind,
    ...(grants.some(isBuild) ? [roles.build.limits] : []),
    ...(grants.some(isOnProject) ? [projects.shop.limits] : []),
  ];
  return NAMES.map(name => {
    const lowest = Math.min(...defaults.map(one => one[name] || Number.POSITIVE_INFINITY));
    return limits?.[name] ?? (Number.isFinite(lowest) ? lowest : 0);
  });
}

function privilegesOf({ roles }: World, { cluster, place, privileges, role }: Grant): readonly string[] {
  if (place.kind === "routines") return ["EXECUTE"];
  if (privileges) return privileges;
  if (place.kind === "project" && role === "write" && hasOwnWrite(cluster)) return PROJECT_WRITE;
  return roles.get(role ?? "") ?? [];
}

/** What of a database a probe needs: all of it, a table, a column, or a routine. */
export interface Need {
  readonly privilege: string;
  readonly table?: string;
  readonly column?: string;
  readonly routine?: string;
}

/** The probes that must succeed: `<database> <probe>`, or `server <probe>`. */
function accessOf(world: World, cluster: SoakCluster, grants: readonly Grant[]): readonly string[] {
  const gives = (grant: Grant, database: string, need: Need): boolean => {
    if (!privilegesOf(world, grant).includes(need.privilege)) return false;
    const { place } = grant;
    switch (place.kind) {
      case "databases":
        return place.databases.includes(database);
      case "project":
      case "pattern":
        return projectDatabases(cluster).includes(database);
      case "tables":
        return place.database === database && place.tables.includes(need.table ?? "");
      case "columns":
        return (
          place.database === database &&
          place.table === need.table &&
          place.columns.includes(need.column ?? "")
        );
      case "routines":
        return (
          place.database === database &&
          [...place.procedures, ...place.functions].includes(need.routine ?? "")
        );
      default:
        return false;
    }
  };
  const handsOn = (database: string) => (grant: Grant) =>
    grant.grantOption === true && gives(grant, database, { privilege: "SELECT" });
  const inDatabases = cluster.databases.flatMap(database =>
    Object.entries(PROBES)
      .filter(([, { need }]) =>
        grants.some(need === "GRANT OPTION" ? handsOn(database) : grant => gives(grant, database, need)),
      )
      .map(([name]) => `${database} ${name}`),
  );
  const ofServer = grants.flatMap(({ place }) =>
    place.kind === "global" ? place.privileges : place.kind === "native" ? ["native role"] : [],
  );
  return [...inDatabases, ...new Set(ofServer.map(name => `server ${name}`))].sort();
}
