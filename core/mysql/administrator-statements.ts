import { byCodeUnit } from "../json";
import { isOfServer } from "../roster/granted-object";
import { grantsOf, privilegesOf, type Roster } from "../roster/roster";
import { IAM_LOGIN } from "./iam-login";
import { quoteAccount, quoteIdentifier } from "./quote";

/** The administrator's account, as somebody else creates it. */
export interface NewAdministrator {
  readonly user: string;
  readonly host: string;
  /** By IAM token, or by a password that the server chooses and shows once. */
  readonly login: "iam" | "password";
  /** The line of MySQL: 8.2 replaced SET_USER_ID. */
  readonly line: "8.0" | "8.4";
}

/**
 * What every run needs on the whole server. EVENT, TRIGGER and SHOW_ROUTINE show the definers of objects,
 * TRIGGER also those of views. The last ones disable the events of an account that has to go.
 */
const ON_SERVER = ["CREATE USER", "PROCESS", "CONNECTION_ADMIN", "EVENT", "TRIGGER", "SHOW_ROUTINE"];
const DEFINERS = { "8.0": ["SET_USER_ID"], "8.4": ["SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER"] };

/**
 * The statements that make the smallest administrator for a roster. It may give what the roster declares, each
 * privilege on the databases where it is declared, and see what a run decides on.
 */
export function administratorStatements(roster: Roster, administrator: NewAdministrator): string[] {
  const { login, line } = administrator;
  const name = quoteAccount(administrator);
  const terms = login === "iam" ? IAM_LOGIN : " IDENTIFIED BY RANDOM PASSWORD";
  const needs = needsOf(roster);
  const server = [...ON_SERVER, ...DEFINERS[line], ...(needs.roles ? ["ROLE_ADMIN"] : [])].filter(
    privilege => !needs.global.has(privilege),
  );
  const grant = (privileges: Iterable<string>, on: string) =>
    `GRANT ${[...privileges].join(", ")} ON ${on} TO ${name}`;
  const given = [...needs.databases].sort(([a], [b]) => byCodeUnit(a, b));
  return [
    `CREATE USER IF NOT EXISTS ${name}${terms} REQUIRE SSL`,
    grant(server, "*.*"),
    grant(["SELECT"], "mysql.*"),
    ...(needs.global.size > 0
      ? [`${grant([...needs.global].sort(byCodeUnit), "*.*")} WITH GRANT OPTION`]
      : []),
    ...given.map(
      ([database, privileges]) =>
        `${grant([...privileges].sort(byCodeUnit), `${quoteIdentifier(database)}.*`)} WITH GRANT OPTION`,
    ),
  ];
}

interface Needs {
  readonly databases: ReadonlyMap<string, ReadonlySet<string>>;
  readonly global: ReadonlySet<string>;
  /** Whether an account has a native role. */
  readonly roles: boolean;
}

/** What the roster's grants give, by database. A grant on a table needs the privilege on its database. */
function needsOf(roster: Roster): Needs {
  const databases = new Map<string, Set<string>>();
  const global = new Set<string>();
  let roles = false;
  for (const account of Object.values(roster.accounts))
    for (const { database, grant, object } of grantsOf(account)) {
      if (object?.kind === "ROLE") roles = true;
      else if (object && isOfServer(object)) global.add(object.name);
      else
        databases.set(
          database,
          new Set([...(databases.get(database) ?? []), ...privilegesOf(roster, grant)]),
        );
    }
  return { databases, global, roles };
}
