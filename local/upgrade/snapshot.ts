import { DynamoDBClient, paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { quoteAccount, quoteIdentifier } from "../../core/mysql";
import type { CloudCluster, CloudDescription } from "../cloud/cloud";
import { logIn, tokenFor } from "../demo/demo-login";

/** What the accounts of one cluster hold, by the server's word and by trying. */
export interface AccessSnapshot {
  /** `SHOW CREATE USER` and `SHOW GRANTS` of each account, sorted. */
  readonly grants: Readonly<Record<string, readonly string[]>>;
  /** For each account: `orders.orders: SELECT` for what it really may do, or why it cannot log in. */
  readonly tried: Readonly<Record<string, readonly string[]>>;
}

export type Item = Readonly<Record<string, unknown>>;

const PREFIX = "sl_";

/** Statements that change nothing, each refused unless the account holds the privilege. */
const TRIES: Readonly<Record<string, (table: string) => string>> = {
  SELECT: table => `SELECT COUNT(*) FROM ${table}`,
  INSERT: table => `INSERT INTO ${table} SELECT * FROM ${table} WHERE FALSE`,
  DELETE: table => `DELETE FROM ${table} WHERE FALSE`,
};

/**
 * Looks at a cluster: reads all managed accounts as root, then logs in as each of the accounts and tries.
 * @param accounts with those that should not exist, so that their refusal is part of the snapshot
 */
export async function accessOf(
  cluster: CloudCluster,
  { caFile }: CloudDescription,
  accounts: readonly string[],
): Promise<AccessSnapshot> {
  const root = await createConnection({ user: "root", socketPath: cluster.socketPath, charset: "utf8mb4" });
  try {
    const grants = await grantsOf(root);
    const tables = await tablesOf(root);
    const tried: Record<string, string[]> = {};
    for (const account of accounts) {
      const token = await tokenFor(account, cluster);
      const connection = await logIn(account, token, { cluster, caFile }).catch(
        (error: { errno?: number }) => error,
      );
      if (!("query" in connection)) {
        tried[account] = [`no login: error ${connection.errno}`];
        continue;
      }
      tried[account] = await tryAll(connection, tables);
      connection.destroy();
    }
    return { grants, tried };
  } finally {
    root.destroy();
  }
}

async function grantsOf(root: Connection): Promise<Record<string, string[]>> {
  const [accounts] = await root.query<RowDataPacket[]>(
    "SELECT User, Host FROM mysql.user ORDER BY User, Host",
  );
  const found: Record<string, string[]> = {};
  for (const { User: user, Host: host } of accounts.filter(({ User }) => String(User).startsWith(PREFIX))) {
    const account = quoteAccount({ user, host });
    const created = await column(root, `SHOW CREATE USER ${account}`);
    found[user] = [...created, ...(await column(root, `SHOW GRANTS FOR ${account}`))].sort();
  }
  return found;
}

/** One table of each database that is not the server's own. */
async function tablesOf(root: Connection): Promise<string[]> {
  const [tables] = await root.query<RowDataPacket[]>(
    `SELECT TABLE_SCHEMA AS db, MIN(TABLE_NAME) AS name FROM information_schema.TABLES
     WHERE TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
     GROUP BY TABLE_SCHEMA ORDER BY TABLE_SCHEMA`,
  );
  return tables.map(({ db, name }) => `${quoteIdentifier(db)}.${quoteIdentifier(name)}`);
}

async function tryAll(connection: Connection, tables: readonly string[]): Promise<string[]> {
  const held: string[] = [];
  for (const table of tables)
    for (const [privilege, sql] of Object.entries(TRIES)) {
      const isHeld = await connection.query(sql(table)).then(
        () => true,
        () => false,
      );
      if (isHeld) held.push(`${table.replaceAll("`", "")}: ${privilege}`);
    }
  return held;
}

async function column(connection: Connection, sql: string): Promise<string[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  return rows.map(row => String(Object.values(row)[0]));
}

/** All items of a table, sorted by their keys. */
export async function itemsOf(table: string, { endpoint, region }: CloudDescription): Promise<Item[]> {
  const client = new DynamoDBClient({ endpoint, region });
  const items: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true }))
    items.push(...(page.Items ?? []).map(item => unmarshall(item)));
  client.destroy();
  const keyOf = ({ pk, sk }: Item) => `${pk} ${sk}`;
  return items.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
