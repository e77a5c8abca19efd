import { type Connection, createConnection, type RowDataPacket } from "mysql2/promise";
import { sleep } from "../process/child-process";
import { LocalError } from "../process/local-error";
import { canProvisionMySql } from "./mysql-template";
import { startNativeMySql } from "./native-mysql";
import type { MySqlOptions, MySqlServer } from "./server";

const FIRST_LOG = "binlog.000001";
/** The options of a server that others replicate from. */
export const SOURCE_ARGS: readonly string[] = ["--log-bin=binlog", "--server-id=1"];

/** A reader of a cluster: it follows its writer, and takes no writes. */
export interface MySqlReplica extends MySqlServer {
  /** Waits until it has what its source has now. */
  caughtUp(): Promise<void>;
  /** Stops to follow its source, or goes on. It answers meanwhile. */
  follow(isFollowing: boolean): Promise<void>;
}

/**
 * Starts a second server of the same line, which follows the first by its binary log. The first must have
 * been started with `SOURCE_ARGS`.
 */
export async function startReplica(source: MySqlServer, options: MySqlOptions = {}): Promise<MySqlReplica> {
  if (!canProvisionMySql()) throw new LocalError("a replica runs as a process of this machine only");
  const { args = [] } = options;
  const replica = await startNativeMySql({
    ...options,
    line: source.line,
    adminPassword: source.admin.password,
    args: ["--server-id=2", "--read-only=ON", ...args],
  });
  const writer = await asSuperuser(source);
  const reader = await asSuperuser(replica);
  const where = "SOURCE_HOST = '127.0.0.1', SOURCE_SSL = 1";
  const login = `SOURCE_USER = 'rdsrepladmin', SOURCE_PASSWORD = '${replica.admin.password}'`;
  await writer.query("CREATE USER IF NOT EXISTS rdsrepladmin IDENTIFIED BY ?", [replica.admin.password]);
  await writer.query("GRANT REPLICATION SLAVE ON *.* TO rdsrepladmin");
  await reader.query(
    `CHANGE REPLICATION SOURCE TO ${where}, SOURCE_PORT = ${source.port}, ${login}, SOURCE_CONNECT_RETRY = 1, ` +
      `SOURCE_LOG_FILE = '${FIRST_LOG}', SOURCE_LOG_POS = 4`,
  );
  await reader.query("START REPLICA");
  const status = source.line === "8.0" ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS";
  const caughtUp = async () => {
    const [[at]] = await writer.query<RowDataPacket[]>(status);
    for (const until = Date.now() + 20_000; Date.now() < until; await sleep(20)) {
      const [[now]] = await reader.query<RowDataPacket[]>("SHOW REPLICA STATUS");
      const isAt = now?.["Relay_Source_Log_File"] === at?.["File"];
      if (isAt && Number(now?.["Exec_Source_Log_Pos"]) >= Number(at?.["Position"])) return;
      const fault = now?.["Last_SQL_Error"] || now?.["Last_IO_Error"];
      if (fault) throw new LocalError(`the replica does not follow: ${fault}`);
    }
    throw new LocalError(`the replica did not catch up within 20 s:\n${replica.log()}`);
  };
  await caughtUp();
  await reader.query("SET GLOBAL super_read_only = ON");
  return Object.assign(replica, {
    caughtUp,
    follow: async (isFollowing: boolean) => {
      await reader.query(isFollowing ? "START REPLICA SQL_THREAD" : "STOP REPLICA SQL_THREAD");
    },
    stop: stopWith(replica, [writer, reader]),
  });
}

function stopWith(replica: MySqlServer, connections: readonly Connection[]) {
  const stop = replica.stop.bind(replica);
  return async () => {
    for (const connection of connections) connection.destroy();
    await stop();
  };
}

async function asSuperuser({ superuser }: MySqlServer): Promise<Connection> {
  const connection = await createConnection(superuser);
  connection.on("error", () => {});
  return connection;
}
