import { type Connection, createConnection } from "mysql2/promise";
import type { MySqlServer } from "../../local/mysql/start-mysql";
import { iamToken } from "./mysql-login";

/** A login whose user name the server has, and that waits with its token. */
export interface HalfOpenLogin {
  /** Sends the token. @throws if the server does not let it in, or did not wait */
  finish(): Promise<Connection>;
}

/** @throws if the server refuses the user name, before it asks for a token */
export async function beginLogin(server: MySqlServer, user: string): Promise<HalfOpenLogin> {
  const token = await iamToken(server, user);
  let send = () => {};
  const sent = new Promise<void>(resolve => {
    send = resolve;
  });
  let connecting!: Promise<Connection>;
  await new Promise<void>((begun, refused) => {
    const sendLater = async () => {
      begun();
      await sent;
      return Buffer.from(`${token}\0`);
    };
    connecting = createConnection({
      host: "localhost",
      port: server.port,
      user,
      // On a machine that does other work, too.
      connectTimeout: 60_000,
      ssl: { ca: server.ca },
      authPlugins: { mysql_clear_password: () => sendLater },
    } as Parameters<typeof createConnection>[0]);
    connecting.catch(refused);
  });
  connecting.then(connection => connection.on("error", () => {})).catch(() => {});
  return {
    finish: () => {
      send();
      return connecting;
    },
  };
}
