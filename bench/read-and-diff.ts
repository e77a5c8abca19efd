/**
 * What `read-mixed.ts` measures, in a process of its own that runs a bundle like the functions'. Prints JSON:
 * with the argument `times` the times of each way of reading, with `memory` the highest resident memory in
 * MB, after each step of one run.
 */
import { readFileSync } from "node:fs";
import { type Connection, createConnection } from "mysql2/promise";
import { connectMySql } from "../lambdas/reconciler/mysql/connect-mysql";
import type { MySqlSession } from "../lambdas/reconciler/mysql/mysql-session";
import { COMMIT, definerQueries, observeQueries } from "../lambdas/reconciler/mysql/observe-queries";
import { takeTurns } from "./measure";
import { changedRoster, mixedRoster } from "./mixed-roster";
import { PREFIX, statementsFor } from "./statements-for";

const RUNS = 11;
/** The tables that hold what accounts have. */
const TABLES =
  "user db tables_priv columns_priv procs_priv global_grants role_edges default_roles proxies_priv".split(
    " ",
  );

/** Sends what an observation sends, and gets the rows as the driver makes them. */
async function sendSame(bare: Connection): Promise<void> {
  await bare.query(observeQueries({ prefix: PREFIX }).join(";\n"));
  for (const [, sql] of definerQueries({ prefix: PREFIX })) await bare.query(sql);
  await bare.query(COMMIT);
}

/** Reads the same tables with all their columns. */
const sendWhole = (bare: Connection) =>
  bare.query(TABLES.map(table => `SELECT * FROM mysql.${table}`).join(";\n"));

async function timesOf(session: MySqlSession, bare: Connection, count: number) {
  const roster = mixedRoster(count);
  const changed = changedRoster(roster);
  const left = await statementsFor(session, roster);
  if (left.length > 0) throw new Error(`the roster is not in force: ${left[0]!.sql}`);
  return takeTurns(
    {
      nothing: { run: () => statementsFor(session, roster) },
      changes: { run: () => statementsFor(session, changed) },
      same: { run: () => sendSame(bare) },
      whole: { run: () => sendWhole(bare) },
    },
    { runs: RUNS, warmUps: 2 },
  );
}

const peakNow = (): number => process.resourceUsage().maxRSS / 1024;

/** The peak with the connection alone, then with the roster, then after all. */
async function peaksOf(session: MySqlSession, count: number) {
  const connected = peakNow();
  const roster = changedRoster(mixedRoster(count));
  const loaded = peakNow();
  const statements = await statementsFor(session, roster);
  if (statements.length === 0) throw new Error("nothing was read");
  return { connected, loaded, whole: peakNow() };
}

async function main(): Promise<void> {
  const [what, count, entry, login, caFile] = process.argv.slice(2).map(String);
  const { password, user } = JSON.parse(login!);
  const caBundle = readFileSync(caFile!, "utf8");
  const registered = JSON.parse(entry!);
  const session = await connectMySql(registered, {
    credentials: { login: async () => ({ user, password, token: false }) },
    caBundle,
    bulkRead: true,
    connectTimeoutMs: 10_000,
  });
  const { host, port } = registered;
  const connect = { host, port, user, password, ssl: { ca: caBundle }, dateStrings: true };
  if (what === "memory") process.stdout.write(JSON.stringify(await peaksOf(session, Number(count))));
  else {
    const bare = await createConnection({ ...connect, multipleStatements: true });
    process.stdout.write(JSON.stringify(await timesOf(session, bare, Number(count))));
    bare.destroy();
  }
  session.destroy();
}

void main();
