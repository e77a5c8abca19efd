import { groupBy } from "../../../core/group-by";
import { defined } from "../../../core/json";
import { quoteText } from "../../../core/mysql";
import type { CodeFacts, ObjectName, ReachFacts, ReachTarget } from "../../../core/reach/reach-facts";
import type { MySqlSession, Row } from "./mysql-session";
import { type OnStep, observe } from "./observe";
import { EVERYONE, OWN_DATABASES } from "./observe-queries";

const isOwn = (column: string) => `${column} NOT IN (${OWN_DATABASES})`;

const VIEWS =
  "SELECT TABLE_SCHEMA AS db, TABLE_NAME AS name, DEFINER AS definer, SECURITY_TYPE AS security, " +
  `IS_UPDATABLE AS updatable FROM information_schema.VIEWS WHERE ${isOwn("TABLE_SCHEMA")}`;
const VIEW_TABLES =
  "SELECT VIEW_SCHEMA AS viewDb, VIEW_NAME AS viewName, TABLE_SCHEMA AS db, TABLE_NAME AS name " +
  `FROM information_schema.VIEW_TABLE_USAGE WHERE ${isOwn("VIEW_SCHEMA")}`;
const VIEW_ROUTINES =
  "SELECT DISTINCT TABLE_SCHEMA AS db, TABLE_NAME AS name FROM information_schema.VIEW_ROUTINE_USAGE";
const ROUTINES =
  "SELECT ROUTINE_SCHEMA AS db, ROUTINE_NAME AS name, ROUTINE_TYPE AS type, DEFINER AS definer, " +
  "SECURITY_TYPE AS security, ROUTINE_DEFINITION AS body " +
  `FROM information_schema.ROUTINES WHERE ROUTINE_TYPE IN ('PROCEDURE', 'FUNCTION') AND ${isOwn("ROUTINE_SCHEMA")}`;
const TRIGGERS =
  "SELECT TRIGGER_SCHEMA AS db, TRIGGER_NAME AS name, EVENT_OBJECT_TABLE AS tableName, DEFINER AS definer, " +
  "EVENT_MANIPULATION AS happening, ACTION_STATEMENT AS body " +
  `FROM information_schema.TRIGGERS WHERE ${isOwn("TRIGGER_SCHEMA")}`;
const EVENTS =
  "SELECT EVENT_SCHEMA AS db, EVENT_NAME AS name, DEFINER AS definer, EVENT_DEFINITION AS body " +
  `FROM information_schema.EVENTS WHERE STATUS = 'ENABLED' AND ${isOwn("EVENT_SCHEMA")}`;

/** What the server says of all accounts, and of the objects that run with the rights of others. */
export async function readReachFacts(session: MySqlSession, onStep: OnStep): Promise<ReachFacts> {
  const { observed } = await observe(session, EVERYONE, { onStep });
  onStep("views, and the tables that they name");
  const views = await session.query(VIEWS);
  const tables = groupBy(await session.query(VIEW_TABLES), row =>
    keyOf({ database: String(row["viewDb"]), name: String(row["viewName"]) }),
  );
  const calling = new Set((await session.query(VIEW_ROUTINES)).map(row => keyOf(objectName(row))));
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
      callsFunctions: calling.has(keyOf(objectName(row))),
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
