import {
  type AccountId,
  type NamesInGrants,
  type ObservedRoutineGrant,
  quoteAccount,
  quoteText,
  routineKey,
} from "../../../core/mysql";
import { DatabaseError } from "../runtime/errors";
import type { MySqlSession, Row } from "./mysql-session";
import { byRoutine, observedRoutines } from "./observed-grants";

/** The account does not exist any more. */
const NO_SUCH_ACCOUNT = 1141;

const isMisencoded = (row: Row): boolean =>
  /[\u0080-\uffff]/.test(`${row["User"]}${row["Db"]}${row["Routine_name"]}`);

/**
 * The routine grants in force of all accounts, where the rows of `mysql.procs_priv` are not reliable. Names
 * outside ASCII are stored garbled there, and after a restart the server has the garbled names in force.
 * RENAME USER moves the grant and leaves such a row as it was, so a row does not tell which account has it.
 * @returns grants by `quoteAccount`; empty where all names in the table are ASCII
 */
export async function misencodedRoutines(
  session: MySqlSession,
  rows: readonly Row[],
  accounts: readonly AccountId[],
  names: NamesInGrants,
): Promise<ReadonlyMap<string, readonly ObservedRoutineGrant[]>> {
  const strange = rows.filter(isMisencoded);
  const grants = new Map<string, readonly ObservedRoutineGrant[]>();
  if (strange.length === 0) return grants;
  await session.query("SET SESSION sql_quote_show_create = 1");
  for (const account of accounts)
    grants.set(quoteAccount(account), await shownRoutines(session, account, strange, names));
  return withIdle(session, grants, names);
}

/** Marks the garbled grants whose routine does not exist. */
async function withIdle(
  session: MySqlSession,
  grants: ReadonlyMap<string, readonly ObservedRoutineGrant[]>,
  names: NamesInGrants,
): Promise<ReadonlyMap<string, readonly ObservedRoutineGrant[]>> {
  const databases = [...grants.values()].flat().flatMap(grant => (grant.misencoded ? [grant.database] : []));
  if (databases.length === 0) return grants;
  const rows = await session.query(
    "SELECT ROUTINE_SCHEMA AS db, ROUTINE_NAME AS routine, ROUTINE_TYPE AS type " +
      `FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA IN (${[...new Set(databases)].map(quoteText).join(", ")})`,
  );
  const keyOf = (row: Row) =>
    routineKey(
      { type: String(row["type"]), database: String(row["db"]), routine: String(row["routine"]) },
      names,
    );
  const existing = new Set(rows.map(keyOf));
  const marked = (grant: ObservedRoutineGrant) =>
    grant.misencoded && !existing.has(routineKey(grant, names)) ? { ...grant, idle: true as const } : grant;
  return new Map([...grants].map(([account, list]) => [account, list.map(marked)]));
}

async function shownRoutines(
  session: MySqlSession,
  account: AccountId,
  strange: readonly Row[],
  names: NamesInGrants,
) {
  const shown = await session.query(`SHOW GRANTS FOR ${quoteAccount(account)}`).catch(error => {
    if (error instanceof DatabaseError && error.number === NO_SUCH_ACCOUNT) return [];
    throw error;
  });
  const own = strange.filter(row => row["User"] === account.user);
  const stored = new Set(observedRoutines(own).map(grant => routineKey(grant, names)));
  return shown
    .flatMap(row => parseRoutineGrant(String(Object.values(row)[0])) ?? [])
    .map(grant => (stored.has(routineKey(grant, names)) ? { ...grant, misencoded: true as const } : grant))
    .sort(byRoutine);
}

const NAME = "`((?:[^`]|``)*)`";
const ROUTINE_GRANT = new RegExp(
  `^GRANT ([A-Z, ]+) ON (FUNCTION|PROCEDURE|LIBRARY) ${NAME}\\.${NAME} TO .*?( WITH GRANT OPTION)?$`,
  "s",
);

/** A line of SHOW GRANTS as a routine grant; undefined if it is about something else. */
function parseRoutineGrant(line: string): ObservedRoutineGrant | undefined {
  const [, list, type, database, routine, grantOption] = ROUTINE_GRANT.exec(line) ?? [];
  if (list === undefined) return undefined;
  return {
    database: database!.replaceAll("``", "`"),
    routine: routine!.replaceAll("``", "`"),
    type: type as ObservedRoutineGrant["type"],
    privileges: list.split(", ").filter(privilege => privilege !== "USAGE"),
    grantOption: grantOption !== undefined,
  };
}
