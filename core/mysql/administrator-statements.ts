import { byCodeUnit } from "../json";
import { isOfServer } from "../roster/granted-object";
import { grantsOf, privilegesOf, type Roster } from "../roster/roster";
import { spellDatabase } from "./database-name";
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
  /** The server's `partial_revokes`: with OFF, `_` and `%` in the database of a grant are wildcards. */
  readonly partialRevokes: boolean;
  /** Whether the account is there already: it is then not created. */
  readonly exists: boolean;
}

/**
 * What every run needs on the whole server. EVENT and TRIGGER show the definers of objects, TRIGGER also
 * those of views. ROLE_ADMIN takes native roles that somebody gave by hand. The last ones disable the events
 * of an account that has to go.
 */
const ON_SERVER = ["CREATE USER", "PROCESS", "CONNECTION_ADMIN", "ROLE_ADMIN", "EVENT", "TRIGGER"];
const DEFINERS = { "8.0": ["SET_USER_ID"], "8.4": ["SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER"] };
/** Shows the definers of routines. In a statement of its own: Aurora MySQL before 3.04 has none to give. */
const SHOW_ROUTINE = "SHOW_ROUTINE";

/**
 * The statements that make the smallest administrator for a roster: it can give what the roster declares, and
 * see what a run decides on. It is smaller than the master user, and not harmless: by CREATE USER it changes
 * the password of every account without SYSTEM_USER.
 * @see https://dev.mysql.com/doc/refman/8.0/en/privileges-provided.html#priv_create-user
 */
export function administratorStatements(roster: Roster, administrator: NewAdministrator): string[] {
  const { exists, line, login, partialRevokes } = administrator;
  const name = quoteAccount(administrator);
  const terms = login === "iam" ? IAM_LOGIN : " IDENTIFIED BY RANDOM PASSWORD";
  const { databases, global } = needsOf(roster);
  const server = [...ON_SERVER, ...DEFINERS[line]].filter(privilege => !global.has(privilege));
  const grant = (privileges: Iterable<string>, on: string) =>
    `GRANT ${[...privileges].join(", ")} ON ${on} TO ${name}`;
  // The server's spelling of capital letters is not known here.
  const spelled = (database: string) =>
    `${quoteIdentifier(spellDatabase(database, { partialRevokes, lowerCaseTableNames: 0 }))}.*`;
  const given = [...databases].sort(([a], [b]) => byCodeUnit(a, b));
  return [
    ...(exists ? [] : [`CREATE USER ${name}${terms} REQUIRE SSL`]),
    grant(server, "*.*"),
    ...(global.has(SHOW_ROUTINE) ? [] : [grant([SHOW_ROUTINE], "*.*")]),
    grant(["SELECT"], "mysql.*"),
    grant(["SELECT"], "performance_schema.*"),
    ...(global.size > 0 ? [`${grant([...global].sort(byCodeUnit), "*.*")} WITH GRANT OPTION`] : []),
    ...given.map(
      ([database, privileges]) =>
        `${grant([...privileges].sort(byCodeUnit), spelled(database))} WITH GRANT OPTION`,
    ),
  ];
}

interface Needs {
  readonly databases: ReadonlyMap<string, ReadonlySet<string>>;
  readonly global: ReadonlySet<string>;
}

/** What the roster's grants give, by database. A grant on a table needs the privilege on its database. */
function needsOf(roster: Roster): Needs {
  const databases = new Map<string, Set<string>>();
  const global = new Set<string>();
  for (const account of Object.values(roster.accounts))
    for (const { database, grant, object } of grantsOf(account)) {
      if (object?.kind === "ROLE") continue;
      if (object && isOfServer(object)) global.add(object.name);
      else
        databases.set(
          database,
          new Set([...(databases.get(database) ?? []), ...privilegesOf(roster, grant)]),
        );
    }
  return { databases, global };
}
