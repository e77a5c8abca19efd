import { readFileSync } from "node:fs";
import { Signer } from "@aws-sdk/rds-signer";
import { createPool } from "mysql2/promise";

const { DB_HOST = "", DB_PORT = "3306", DB_NAME = "", DB_USER = "", DB_CA = "" } = process.env;
const signer = new Signer({ hostname: DB_HOST, port: Number(DB_PORT), username: DB_USER });

export const pool = createPool({
  host: DB_HOST,
  port: Number(DB_PORT),
  database: DB_NAME,
  user: DB_USER,
  // Without verifyIdentity, mysql2 accepts a certificate of RDS for any other host.
  ssl: { ca: readFileSync(DB_CA, "utf8"), verifyIdentity: true },
  // Called once for each new connection. Sent after TLS was verified.
  authPlugins: { mysql_clear_password: () => async () => Buffer.from(`${await signer.getAuthToken()}\0`) },
});
