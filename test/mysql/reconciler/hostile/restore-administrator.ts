import type { Connection } from "mysql2/promise";
import { rows } from "../../../support/mysql-login";

const TABLES = ["db", "tables_priv", "columns_priv", "procs_priv", "proxies_priv"];

/**
 * Puts right what accounts that can grant did to the administrator: rows of its own, and restrictions, by
 * which it cannot give a privilege any more. A person does that.
 * @returns whether there was anything
 */
export async function restoreAdministrator(root: Connection): Promise<boolean> {
  const [admin] = await rows(
    root,
    "SELECT User_attributes->'$.Restrictions' AS restrictions FROM mysql.user WHERE User = 'admin'",
  );
  const restrictions = (admin?.["restrictions"] ?? []) as { Database: string }[];
  const own = restrictions.filter(({ Database }) => Database === "mysql");
  let isChanged = own.length < restrictions.length;
  for (const table of TABLES) {
    const where = `FROM mysql.${table} WHERE User = 'admin'`;
    isChanged ||= (await rows(root, `SELECT 1 ${where}`)).length > 0;
    await root.query(`DELETE ${where}`);
  }
  if (!isChanged) return false;
  await root.query(
    "UPDATE mysql.user SET User_attributes = JSON_SET(User_attributes, '$.Restrictions', CAST(? AS JSON)) WHERE User = 'admin'",
    [JSON.stringify(own)],
  );
  await root.query("FLUSH PRIVILEGES");
  return true;
}
