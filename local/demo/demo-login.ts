import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { type Connection, createConnection, type QueryError, type RowDataPacket } from "mysql2/promise";

import { run } from "../../cli/run";
import type { CloudCluster } from "../cloud/cloud";
import { LocalError } from "../process/local-error";

/** A token of `aurora-users token`, made from the AWS keys in this process's environment. */
export async function tokenFor(account: string, { endpoint, port }: CloudCluster): Promise<string> {
  let printed = "";
  let problem = "";
  const args = ["token", "--host", endpoint, "--port", String(port), "--user", account];
  const code = await run(args, {
    out: text => {
      printed += text;
    },
    err: text => {
      problem += text;
    },
    env: process.env,
    now: () => new Date(),
  });
  if (code !== 0) throw new LocalError(`aurora-users token failed: ${problem}`);
  return printed.trim();
}

/** Where a client logs in. */
export interface LoginTarget {
  readonly cluster: CloudCluster;
  readonly caFile: string;
  /** The client's own IPv4 address. Default: the system's choice */
  readonly from?: string | undefined;
}

/**
 * Logs in like any client: with TLS, a verified server name, and a token or password as plain text within
 * TLS.
 */
export async function logIn(account: string, secret: string, target: LoginTarget): Promise<Connection> {
  const { endpoint: host, port } = target.cluster;
  const { from } = target;
  const connection = await createConnection({
    ...(from && { stream: () => connect({ host, port, localAddress: from, family: 4 }) }),
    host,
    port,
    user: account,
    password: secret,
    ssl: { ca: readFileSync(target.caFile, "utf8") },
    authPlugins: { mysql_clear_password: () => () => Buffer.from(`${secret}\0`) },
  });
  // When the server ends the session, the next query reports it.
  connection.on("error", () => {});
  return connection;
}

/** The server's answer: rows, or its error as the mysql client prints it. */
export interface Answer {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

export async function answerTo(work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { ok: true, lines: rowsOf(await work()) };
  } catch (error) {
    return { ok: false, lines: [clientError(error as QueryError & { sqlState?: string })] };
  }
}

/** An error as the mysql client prints it: `ERROR 1142 (42000): INSERT command denied to user ...`. */
function clientError({ errno, sqlState, message, code }: QueryError & { sqlState?: string }): string {
  if (errno && sqlState) return `ERROR ${errno} (${sqlState}): ${message}`;
  return code && code !== "ERR" ? `ERROR: ${code}: ${message}` : `ERROR: ${message}`;
}

function rowsOf(result: unknown): string[] {
  const [rows] = result as [RowDataPacket[] | { affectedRows: number }];
  if (!Array.isArray(rows))
    return [`Query OK, ${rows.affectedRows} row${rows.affectedRows === 1 ? "" : "s"} affected`];
  return rows.map(row => Object.values(row).join("  "));
}
