import { stringify } from "yaml";
import type { SoakCluster } from "./clusters";
import { DEFAULT_HOSTS, written } from "./hosts";
import {
  type Grant,
  hasOwnWrite,
  type Place,
  PROJECT_WRITE,
  projectDatabases,
  type User,
  type World,
} from "./people";

/** What accounts have without a limit, or hosts, of their own. */
export const SETTINGS = {
  emailDomains: ["example.com"],
  defaults: {
    person: { limits: { connections: 50 } },
    agent: { limits: { queriesPerHour: 50_000, updatesPerHour: 0 }, hosts: DEFAULT_HOSTS },
    roles: { build: { limits: { connections: 10 }, hosts: DEFAULT_HOSTS } },
    // Two defaults for one account must be the same hosts, in whatever order.
    projects: { shop: { limits: { connections: 20 }, hosts: [...DEFAULT_HOSTS].reverse() } },
  },
} as const;

/** All files of the folder, by name. */
export function filesOf(world: World): ReadonlyMap<string, string> {
  const files: [string, unknown][] = [
    ["settings.yaml", SETTINGS],
    ["roles.yaml", rolesFile(world)],
    ["projects.yaml", projectsFile(world)],
    ...[...world.users.values()].map((user): [string, unknown] => [`${user.username}.yaml`, userFile(user)]),
  ];
  return new Map(files.map(([name, content]) => [name, stringify(content)]));
}

/** `write` inherits `read`; the other roles name all of their privileges. */
const rolesFile = ({ roles }: World) =>
  Object.fromEntries(
    [...roles].map(([name, privileges]) =>
      name === "write"
        ? [name, { inherits: ["read"], privileges: privileges.filter(one => one !== "SELECT") }]
        : [name, { privileges }],
    ),
  );

const projectsFile = ({ clusters }: World) => ({
  shop: {
    owner: { name: "Olive Owner", email: "olive.owner@example.com" },
    environments: Object.fromEntries(
      clusters.map(cluster => [
        environmentOf(cluster),
        {
          cluster: cluster.name,
          databases: projectDatabases(cluster),
          ...(hasOwnWrite(cluster) && { roles: { write: { privileges: PROJECT_WRITE } } }),
        },
      ]),
    ),
  },
});

const environmentOf = ({ index }: SoakCluster) => `prod${index + 1}`;

function userFile(user: User): unknown {
  const { account, formerly, grants, hosts, kind, limits, login, owner, suspended, tls, username } = user;
  return {
    name: `The ${kind} ${username}`,
    ...(kind === "person" && { email: `${username.toLowerCase().replace(/[^a-z0-9]/g, "-")}@example.com` }),
    ...(kind !== "person" && { kind }),
    ...(account !== username && { account }),
    ...(formerly && { formerly }),
    ...(owner && { owner }),
    ...(login && { login }),
    ...(suspended && { suspended }),
    ...(limits && { limits }),
    ...(tls && { tls }),
    ...(hosts && { hosts: written(hosts) }),
    grants: grants.map(grantOf),
  };
}

const grantOf = ({ cluster, expires, grantOption, place, privileges, reason, role }: Grant) => ({
  ...onOf(cluster, place),
  ...(role && { role }),
  ...(privileges && { privileges }),
  ...(grantOption && { grantOption }),
  ...(expires && { expires: expires.text }),
  ...(reason && { reason }),
});

function onOf(cluster: SoakCluster, place: Place): Record<string, unknown> {
  const on = { cluster: cluster.name };
  switch (place.kind) {
    case "databases":
      return { ...on, databases: place.databases };
    case "project":
      return { project: "shop", environment: environmentOf(cluster) };
    case "pattern":
      return { ...on, pattern: place.pattern };
    case "tables":
      return { ...on, database: place.database, tables: place.tables };
    case "columns":
      return { ...on, database: place.database, columns: { [place.table]: place.columns } };
    case "routines":
      return {
        ...on,
        database: place.database,
        procedures: place.procedures,
        ...(place.functions.length > 0 && { functions: place.functions }),
      };
    case "global":
      return { ...on, global: place.privileges };
    case "native":
      return { ...on, nativeRoles: ["reporting"] };
  }
}
