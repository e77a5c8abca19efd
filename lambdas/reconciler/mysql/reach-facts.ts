import { groupBy } from "../../../core/group-by";
import { defined } from "../../../core/json";
import { quoteText } from "../../../core/mysql";
import type { CodeFacts, ObjectName, ReachFacts, ReachTarget } from "../../../core/reach/reach-facts";
import type { MySqlSession, Row } from "./mysql-session";
import { type OnStep, observe } from "./observe";
import { EVERYONE } from "./observe-queries";

const VIEWS =
  "SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, DEFINER AS definer, SECURITY_TYPE AS security, " +
  "IS_UPDATABLE AS updatable FROM information_schema.VIEWS";
const VIEW_TABLES =
  "SELECT VIEW_SCHEMA AS viewDb, VIEW_NAME AS viewName, TABLE_SCHEMA AS db, TABLE_NAME AS name " +
  "FROM information_schema.VIEW_TABLE_USAGE";
const VIEW_ROUTINES =
  "SELECT TABLE_SCHEMA AS viewDb, TABLE_NAME AS viewName, SPECIFIC_SCHEMA AS db, SPECIFIC_NAME AS name " +
  "FROM information_schema.VIEW_ROUTINE_USAGE";
/** Without those of AWS: `mysql.rds_*` run texts with all rights, and would name all who may call them. */
const ROUTINES =
  "SELECT ROUTINE_SCHEMA AS db, ROUTINE_NAME AS name, ROUTINE_TYPE AS type, DEFINER AS definer, " +
  "SECURITY_TYPE AS security, ROUTINE_DEFINITION AS body " +
  "FROM information_schema.ROUTINES WHERE ROUTINE_TYPE IN ('PROCEDURE', 'FUNCTION') " +
  "AND NOT (ROUTINE_SCHEMA IN ('mysql', 'sys') AND DEFINER = 'rdsadmin@localhost')";
const TRIGGERS =
  "SELECT TRIGGER_SCHEMA AS db, TRIGGER_NAME AS name, EVENT_OBJECT_TABLE AS tableName, DEFINER AS definer, " +
  "EVENT_MANIPULATION AS happening, ACTION_STATEMENT AS body " +
  "FROM information_schema.TRIGGERS";
const EVENTS =
  "SELECT EVENT_SCHEMA AS db, EVENT_NAME AS name, DEFINER AS definer, EVENT_DEFINITION AS body " +
  "FROM information_schema.EVENTS WHERE STATUS = 'ENABLED'";

/** What the server says of all accounts, and of the objects that run with the rights of others. */
export async function readReachFacts(session: MySqlSession, onStep: OnStep): Promise<ReachFacts> {
  const { observed } = await observe(session, EVERYONE, { onStep });
  onStep("views, and the tables that they name");
  const views = await session.query(VIEWS);
  const tables = groupBy(await session.query(VIEW_TABLES), viewKey);
  const calling = groupBy(await session.query(VIEW_ROUTINES), viewKey);
  onStep("routines");
  const routines = await session.query(ROUTINES);
  onStep("triggers");
  const triggers = await session.query(TRIGGERS);
  onStep("events");
  const events = await session.query(EVENTS);
  const [settings] = await session.query("SELECT @@GLOBAL.activate_all_roles_on_login AS activates");
  return {
    observed,
    activatesAllRoles: Number(settings!["activates"]) === 1,
    views: views.map(row => ({
      ...runningObject(row),
      isUpdatable: row["updatable"] === "YES",
      reads: (tables.get(keyOf(objectName(row))) ?? []).map(objectName),
      calls: (calling.get(keyOf(objectName(row))) ?? []).map(objectName),
    })),
    routines: routines.map(row => ({ ...code(row), type: row["type"] as "PROCEDURE" | "FUNCTION" })),
    triggers: triggers.map(row => ({
      ...code(row),
      table: String(row["tableName"]),
      when: String(row["happening"]),
    })),
    events: events.map(code),
  };
}

const objectName = (row: Row): ObjectName => ({ database: String(row["db"]), name: String(row["name"]) });
const viewKey = (row: Row): string =>
  keyOf({ database: String(row["viewDb"]), name: String(row["viewName"]) });
const keyOf = ({ database, name }: ObjectName): string => JSON.stringify([database, name]);

const runningObject = (row: Row) => ({
  ...objectName(row),
  definer: String(row["definer"]),
  isInvoker: row["security"] === "INVOKER",
});

const code = (row: Row): CodeFacts => ({
  ...runningObject(row),
  ...defined({ body: row["body"] === null ? undefined : String(row["body"]) }),
});

/** The tables and views of the target's database; undefined if there is no such database. */
export async function tablesOf(
  session: MySqlSession,
  { database }: ReachTarget,
): Promise<readonly string[] | undefined> {
  const name = quoteText(database);
  const [found] = await session.query(
    `SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ${name}`,
  );
  if (!found) return undefined;
  const tables = await session.query(
    `SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${name} ORDER BY 1`,
  );
  return tables.map(row => String(row["name"]));
}
