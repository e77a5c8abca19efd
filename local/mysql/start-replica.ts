import { createConnection, type RowDataPacket } from "mysql2/promise";
import { sleep } from "../process/child-process";
import { LocalError } from "../process/local-error";
import { canProvisionMySql } from "./mysql-template";
import { startNativeMySql } from "./native-mysql";
import type { MySqlOptions, MySqlServer } from "./server";

/** The options of a server that others replicate from. */
export const SOURCE_ARGS: readonly string[] = ["--log-bin=binlog", "--server-id=1"];
const FIRST_LOG = "binlog.000001";
const REPLICATOR = "rdsrepladmin";
const PATIENCE_MS = 20_000;

/** A server that follows another one by its binary log, and takes no writes. */
export interface MySqlReplica extends MySqlServer {
  /** Waits until it has what its source has now. */
  caughtUp(): Promise<void>;
  /** Stops to follow its source, or goes on. It answers meanwhile. */
  follow(isFollowing: boolean): Promise<void>;
}

/**
 * Starts a second server of the same line, with the first one's administrator. The first must have been
 * started with `SOURCE_ARGS`. It ends with this process.
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
  try {
    await replicate(source, replica);
    await caughtUp(source, replica);
  } catch (error) {
    await replica.stop();
    throw error;
  }
  await query(replica, "SET GLOBAL super_read_only = ON");
  const follow = async (isFollowing: boolean) => {
    await query(replica, `${isFollowing ? "START" : "STOP"} REPLICA SQL_THREAD`);
  };
  return Object.assign(replica, { caughtUp: () => caughtUp(source, replica), follow });
}

/** The data directories of both begin alike, so the replica takes the whole log. */
async function replicate(source: MySqlServer, replica: MySqlServer): Promise<void> {
  const { password } = replica.admin;
  await query(source, `CREATE USER ${REPLICATOR} IDENTIFIED BY '${password}'`);
  await query(source, `GRANT REPLICATION SLAVE ON *.* TO ${REPLICATOR}`);
  await query(
    replica,
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${source.port}, SOURCE_SSL = 1, ` +
      `SOURCE_USER = '${REPLICATOR}', SOURCE_PASSWORD = '${password}', SOURCE_CONNECT_RETRY = 1, ` +
      `SOURCE_LOG_FILE = '${FIRST_LOG}', SOURCE_LOG_POS = 4`,
  );
  await query(replica, "START REPLICA");
}

async function caughtUp(source: MySqlServer, replica: MySqlServer): Promise<void> {
  const status = source.line === "8.0" ? "SHOW MASTER STATUS" : "SHOW BINARY LOG STATUS";
  const [at] = await query(source, status);
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(20)) {
    const [now] = await query(replica, "SHOW REPLICA STATUS");
    const isInFile = now?.["Relay_Source_Log_File"] === at?.["File"];
    if (isInFile && Number(now?.["Exec_Source_Log_Pos"]) >= Number(at?.["Position"])) return;
    const fault = now?.["Last_SQL_Error"];
    if (fault) throw new LocalError(`the replica does not follow: ${fault}`);
  }
  throw new LocalError(`the replica did not catch up within ${PATIENCE_MS / 1000} s:\n${replica.log()}`);
}

async function query({ superuser }: MySqlServer, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(superuser);
  try {
    return (await connection.query<RowDataPacket[]>(sql))[0];
  } finally {
    connection.destroy();
  }
}
