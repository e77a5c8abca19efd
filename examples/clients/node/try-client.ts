// Two connections of the pool: the second one after a line on standard input, while the first one is held.
import { once } from "node:events";
import type { PoolConnection, RowDataPacket } from "mysql2/promise";
import { pool } from "./pool";

async function open(): Promise<PoolConnection> {
  const connection = await pool.getConnection();
  const [[row]] = await connection.query<RowDataPacket[]>(
    "SELECT CURRENT_USER() AS me, VARIABLE_VALUE AS cipher FROM performance_schema.session_status WHERE VARIABLE_NAME = 'Ssl_cipher'",
  );
  console.log(`session of ${row?.["me"]} by ${row?.["cipher"]}`);
  return connection;
}

async function main(): Promise<void> {
  const first = await open();
  await once(process.stdin, "data");
  const second = await open();
  first.release();
  second.release();
  await pool.end();
  process.stdin.destroy();
}

main().catch((error: unknown) => {
  console.log(`refused: ${String(error)}`);
  process.exit(1);
});
