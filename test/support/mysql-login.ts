import { connect } from "node:net";
import { Signer } from "@aws-sdk/rds-signer";
import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import type { MySqlServer } from "../../local/mysql/start-mysql";

/** An access key that may log in as any account. */
export const TEST_KEY = { id: "AKIATESTKEY000000001", secret: "test-secret" } as const;

export const PASSWORD = "Hand-made-1";

export function asRoot(server: MySqlServer): Promise<Connection> {
  return createConnection({
    user: server.superuser.user,
    socketPath: server.superuser.socketPath,
    charset: "utf8mb4",
  });
}

export const iamToken = (
  server: MySqlServer,
  username: string,
  key: { id: string; secret: string } = TEST_KEY,
): Promise<string> =>
  new Signer({
    hostname: "localhost",
    port: server.port,
    username,
    region: "eu-central-1",
    credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
  }).getAuthToken();

/**
 * Logs in as a person does: by TLS, with the token or password as cleartext inside.
 * @param from the client's address on loopback. Absent: 127.0.0.1
 */
export function logIn(server: MySqlServer, user: string, secret: string, from?: string): Promise<Connection> {
  const { port } = server;
  const host = from?.includes(":") ? from : "127.0.0.1";
  const address = from === undefined ? {} : { stream: () => connect({ host, port, localAddress: from }) };
  return createConnection({
    ...address,
    host: "localhost",
    port,
    user,
    password: secret,
    ssl: { ca: server.ca },
    charset: "utf8mb4",
    authPlugins: { mysql_clear_password: () => () => Buffer.from(`${secret}\0`) },
  });
}

export async function rows(connection: Connection, sql: string): Promise<Record<string, unknown>[]> {
  const [found] = await connection.query<RowDataPacket[]>(sql);
  return found;
}

export async function column(connection: Connection, sql: string): Promise<string[]> {
  return (await rows(connection, sql)).map(row => String(Object.values(row)[0]));
}
