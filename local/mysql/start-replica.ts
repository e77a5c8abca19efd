import { createConnection, type RowDataPacket } from "mysql2/promise";
import { LocalError } from "../process/local-error";
import { canProvisionMySql } from "./mysql-template";
import { startNativeMySql } from "./native-mysql";
import type { MySqlOptions, MySqlServer } from "./server";

const BY_GTID = ["--gtid-mode=ON", "--enforce-gtid-consistency=ON"];
/** The options of a server that others replicate from. */
export const SOURCE_ARGS: readonly string[] = ["--log-bin=binlog", "--server-id=1", ...BY_GTID];
/** A replica that is killed goes on where it was. */
const REPLICA_ARGS = [
  "--server-id=2",
  "--read-only=ON",
  "--relay-log=relay",
  "--relay-log-recovery=ON",
  ...BY_GTID,
];
const REPLICATOR = "rdsrepladmin";
const PATIENCE_S = 20;

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
    args: [...REPLICA_ARGS, ...args],
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
      "SOURCE_AUTO_POSITION = 1",
  );
  await query(replica, "START REPLICA");
}

async function caughtUp(source: MySqlServer, replica: MySqlServer): Promise<void> {
  const [at] = await query(source, "SELECT @@GLOBAL.gtid_executed AS done");
  const waiting = `SELECT WAIT_FOR_EXECUTED_GTID_SET('${String(at?.["done"])}', ${PATIENCE_S}) AS late`;
  const [waited] = await query(replica, waiting);
  if (Number(waited?.["late"]) === 0) return;
  const [status] = await query(replica, "SHOW REPLICA STATUS");
  const fault = status?.["Last_SQL_Error"] || status?.["Last_IO_Error"];
  throw new LocalError(`the replica did not catch up within ${PATIENCE_S} s: ${fault}\n${replica.log()}`);
}

async function query({ superuser }: MySqlServer, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(superuser);
  try {
    return (await connection.query<RowDataPacket[]>(sql))[0];
  } finally {
    connection.destroy();
  }
}
