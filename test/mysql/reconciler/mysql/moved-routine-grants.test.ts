import type { Connection } from "mysql2/promise";
import { quoteAccount } from "../../../../core/mysql";
import { connectMySql } from "../../../../lambdas/reconciler/mysql/connect-mysql";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { observe } from "../../../../lambdas/reconciler/mysql/observe";
import { type MySqlServer, startMySql } from "../../../../local/mysql/start-mysql";
import { asRoot } from "../../../support/mysql-login";
import { passwordCredentials, registryEntry } from "../../../support/registry";

/** MySQL stores the grant of a name outside ASCII wrongly, and RENAME USER then leaves its row as it was. */
const RENAMES = [
  [
    { user: "sl_ä", host: "%" },
    { user: "sl_c", host: "%" },
  ],
  [
    { user: "sl_d", host: "%" },
    { user: "sl_ü", host: "%" },
  ],
  [
    { user: "sl_ö1", host: "%" },
    { user: "sl_ö2", host: "%" },
  ],
  [
    { user: "sl_é", host: "10.%.invalid" },
    { user: "sl_é", host: "10.%" },
  ],
  [
    { user: "sl_e", host: "10.%.invalid" },
    { user: "sl_e", host: "10.%" },
  ],
] as const;

describe("a routine grant of an account that was renamed", () => {
  let server: MySqlServer;
  let root: Connection;
  let session: MySqlSession;

  beforeAll(async () => {
    server = await startMySql();
    root = await asRoot(server);
    await root.query("CREATE DATABASE orders");
    await root.query("CREATE PROCEDURE orders.p() SELECT 1");
    session = await connectMySql(registryEntry(server), {
      credentials: passwordCredentials(server),
      caBundle: server.ca,
      bulkRead: true,
      connectTimeoutMs: 5_000,
    });
  }, 120_000);
  afterAll(async () => {
    session?.destroy();
    root?.destroy();
    await server?.stop();
  });

  it.each(RENAMES)("%j to %j: it is read as it is in force", async (from, to) => {
    await root.query(`CREATE USER ${quoteAccount(from)}`);
    await root.query(`GRANT EXECUTE ON PROCEDURE orders.p TO ${quoteAccount(from)}`);
    await root.query(`RENAME USER ${quoteAccount(from)} TO ${quoteAccount(to)}`);
    const { observed } = await observe(session, { prefix: "sl" });
    const account = observed.accounts.find(({ host, user }) => user === to.user && host === to.host);
    expect(account?.routines).toMatchObject([{ database: "orders", routine: "p", privileges: ["EXECUTE"] }]);
  });
});
