import { lowerName } from "../../../core/catalogue/lower-case";
import { groupBy } from "../../../core/group-by";
import { isOfServer } from "../../../core/roster/granted-object";
import {
  grantsOf,
  holdsAt,
  type PlacedGrant,
  privilegesOf,
  type Roster,
  type RosterAccount,
} from "../../../core/roster/roster";
import type { MySqlOptions } from "../../../local/mysql/start-mysql";
import { matchesPattern } from "../../support/arbitraries";
import { PROBED_PRIVILEGES } from "../../support/try-privileges";

export const NOW = new Date("2026-11-20T00:00:00Z");
export type ServerOptions = MySqlOptions & { readonly partialRevokes: boolean };

/** The grants of a user that are current. */
export const current = (roster: Roster, user: string): PlacedGrant[] =>
  roster.accounts[user] ? grantsOf(roster.accounts[user]).filter(({ grant }) => holdsAt(grant, NOW)) : [];

/** What the user's current grants give, as the probes see it. */
export function declared(
  roster: Roster,
  user: string,
  databases: readonly string[],
  counts: (placed: PlacedGrant) => boolean = () => true,
): string[] {
  if (roster.accounts[user] && isShut(roster.accounts[user])) return [];
  const grants = current(roster, user).filter(counts);
  const held = (database: string, privilege: string, on: (object: PlacedGrant["object"]) => boolean) =>
    grants.some(
      placed =>
        reaches(placed, database) &&
        on(placed.object) &&
        (privilegesOf(roster, placed.grant) as readonly string[]).includes(privilege),
    );
  return databases.flatMap(database =>
    PROBED_PRIVILEGES.filter(privilege => {
      const onColumn = (column: string) =>
        held(database, privilege, object => object?.columns?.includes(column) === true);
      if (held(database, privilege, isOnAll)) return true;
      if (held(database, privilege, object => !isOnAll(object) && object?.columns === undefined))
        return OF_OBJECTS.includes(privilege);
      if (privilege === "SELECT") return onColumn("a") || onColumn("b");
      if (privilege === "INSERT") return onColumn("a") && onColumn("b");
      return privilege === "UPDATE" && onColumn("a");
    }).map(privilege => `${database} ${privilege}`),
  );
}

/** Whether the grant is on the whole of a database, by its name or by a pattern. */
const isOnAll = (object: PlacedGrant["object"]): boolean => object === undefined || object.kind === "PATTERN";

const reaches = ({ database, object }: PlacedGrant, name: string): boolean =>
  object?.kind === "PATTERN" ? matchesPattern(database, name) : database === name;

/** The privileges whose probe is about the table or procedure that grants name. */
const OF_OBJECTS = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "INDEX", "CREATE VIEW", "EXECUTE"];

/** Privileges with their columns, in alphabetical order. */
const sortedItems = (list: string): string =>
  list
    .split(/, (?![^(]*\))/)
    .map(item =>
      item.replace(/\((.*)\)/, (_, columns: string) => `(${columns.split(", ").sort().join(", ")})`),
    )
    .sort()
    .join(", ");

/** Whether nobody here can log in: all do so without a certificate, from 127.0.0.1. */
export const isShut = ({ hosts = ["%"], suspended, tls = "ssl" }: RosterAccount): boolean =>
  suspended === true || tls !== "ssl" || hosts.every(host => host.startsWith("10."));

export function expectedLogin({ limits = {}, suspended, tls = "ssl" }: RosterAccount): unknown[] {
  const [type, subject] =
    typeof tls === "string" ? [{ ssl: "ANY", x509: "X509" }[tls], ""] : ["SPECIFIED", tls.subject];
  const { queriesPerHour, updatesPerHour, connectionsPerHour, connections } = limits;
  const all = [queriesPerHour, updatesPerHour, connectionsPerHour, connections].map(limit => limit ?? 0);
  return [suspended ? "Y" : "N", type, subject, ...all];
}

/** `GRANT A, B ON x TO y` with its privileges in alphabetical order, quotes of either kind alike. */
export const normalised = (grant: string): string =>
  grant
    .replace(/^GRANT (.*?) ON /, (_, list: string) => `GRANT ${sortedItems(list)} ON `)
    .replace(/ TO .*$/, end => (end.endsWith(OPTION) ? OPTION : ""));
const OPTION = " WITH GRANT OPTION";

/** The native roles of a user's current grants, as SHOW GRANTS and SHOW CREATE USER write them. */
export const expectedRoles = (roster: Roster, user: string): string[] => [
  ...new Set(
    current(roster, user).flatMap(({ object }) =>
      object?.kind === "ROLE" ? [`\`${object.name}\`@\`%\``] : [],
    ),
  ),
];

/** What a user's current grants give of the whole server: static privileges, dynamic ones, and roles. */
function expectedOfServer(roster: Roster, user: string): string[] {
  const names = [
    ...new Set(
      current(roster, user).flatMap(({ object }) => (object?.kind === "PRIVILEGE" ? [object.name] : [])),
    ),
  ];
  const [fixed, dynamic] = [
    names.filter(name => !name.includes("_")),
    names.filter(name => name.includes("_")),
  ];
  const roles = expectedRoles(roster, user);
  return [
    `GRANT ${fixed.sort().join(", ") || "USAGE"} ON *.*`,
    ...(dynamic.length > 0 ? [`GRANT ${dynamic.sort().join(", ")} ON *.*`] : []),
    ...(roles.length > 0 ? [`GRANT ${roles.join(",")}`] : []),
  ];
}

export function expectedGrants(
  roster: Roster,
  user: string,
  { lowerCaseTableNames, partialRevokes }: ServerOptions,
): string[] {
  const items = new Map<string, Set<string>>();
  const options = new Set<string>();
  for (const { database, grant, object } of current(roster, user)) {
    if (object && isOfServer(object)) continue;
    const name = lowerCaseTableNames === 1 ? lowerName(database) : database;
    const spelled = (partialRevokes || object ? name : name.replace(/[_%]/g, "\\$&")).replace(/`/g, "``");
    const inner = isOnAll(object) ? undefined : object;
    const kind = inner && inner.kind !== "TABLE" ? `${inner.kind} ` : "";
    const on = `${kind}\`${spelled}\`.${inner ? `\`${inner.name}\`` : "*"}`;
    if (grant.grantOption) options.add(on);
    for (const privilege of privilegesOf(roster, grant))
      items.set(on, (items.get(on) ?? new Set<string>()).add(`${privilege}|${inner?.columns?.[0] ?? ""}`));
  }
  const texts = [...items].map(([on, held]) => {
    const byPrivilege = groupBy(
      [...held].map(item => item.split("|") as [string, string]),
      ([name]) => name,
    );
    const list = [...byPrivilege].flatMap(([privilege, of]) => {
      const columns = of.flatMap(([, column]) => (column === "" ? [] : [`\`${column}\``]));
      return [
        ...(of.length > columns.length ? [privilege] : []),
        ...(columns.length > 0 ? [`${privilege} (${columns.join(", ")})`] : []),
      ];
    });
    return `GRANT ${sortedItems(list.join(", "))} ON ${on}${options.has(on) ? OPTION : ""}`;
  });
  return [...expectedOfServer(roster, user), ...texts].sort();
}
