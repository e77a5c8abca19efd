import { administratorStatements, quoteAccount } from "../../../core/mysql";
import { globalPrivilege, nativeRole, objectKey } from "../../../core/roster/granted-object";
import type { Roster } from "../../../core/roster/roster";
import { Cluster, MODES } from "../../support/cluster";
import { logIn, PASSWORD } from "../../support/mysql-login";

const OWN = { user: "app_manager", host: "%" };
const NAME = quoteAccount(OWN);
const column = objectKey({ kind: "TABLE", database: "orders", name: "t", columns: ["a"] });
const ACCESS = {
  roles: { read: ["SELECT", "SHOW VIEW"], write: ["SELECT", "INSERT", "UPDATE", "DELETE"], look: ["SELECT"] },
  accounts: {
    sl_jane: {
      kind: "person",
      user: "jane",
      databases: { orders: { role: "write" }, app_prod: { role: "read" } },
    },
    sl_joe: {
      kind: "person",
      user: "joe",
      databases: {},
      objects: {
        [column]: { role: "look" },
        [objectKey(globalPrivilege("RELOAD"))]: { role: "operator" },
        [objectKey(nativeRole("AWS_LAMBDA_ACCESS"))]: { role: "caller" },
      },
    },
  },
} satisfies Roster;
const NOBODY: Roster = { roles: {}, accounts: {} };
/** Without these only events of accounts that have to go stay enabled: see docs/first-deployment.md. */
const DEFINERS = ["SET_USER_ID", "SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER"];

describe.each(MODES)("the administrator of bootstrap-sql, %s,", (_mode, { partialRevokes }) => {
  let cluster: Cluster;
  let statements: readonly string[];
  beforeAll(async () => {
    cluster = await Cluster.start({ partialRevokes });
    const { line } = cluster.server;
    statements = administratorStatements(ACCESS, {
      ...OWN,
      login: "password",
      line: line === "8.0" ? "8.0" : "8.4",
    });
  }, 180_000);
  afterAll(() => cluster?.stop());
  beforeEach(async () => {
    await cluster.clean();
    const admin = await logIn(cluster.server, cluster.server.admin.username, cluster.server.admin.password);
    for (const sql of statements) await admin.query(sql);
    admin.destroy();
    await cluster.byHand(`ALTER USER ${NAME} IDENTIFIED BY '${PASSWORD}'`);
  });

  const connect = () =>
    Cluster.connect(cluster.server, {
      login: async () => ({ user: OWN.user, password: PASSWORD, token: false }),
    });
  /** Plans and, without problems, runs the statements. Then plans again: nothing is left. */
  async function bring(roster: Roster) {
    const session = await connect();
    try {
      const plan = () => cluster.plan(roster, { previouslyDeclared: ["sl_jane", "sl_joe"] }, session);
      const { problems, statements: found } = await plan();
      if (problems.length > 0) return { problems, left: found };
      for (const { sql } of found) await session.query(sql);
      return { problems, left: (await plan()).statements };
    } finally {
      session.destroy();
    }
  }

  it("gives what a roster declares, and takes it again", async () => {
    expect(await bring(ACCESS)).toEqual({ problems: [], left: [] });
    expect(await cluster.grants("sl_joe")).toContain("GRANT RELOAD ON *.* TO `sl_joe`@`%`");
    expect(await bring(NOBODY)).toEqual({ problems: [], left: [] });
    expect((await cluster.accounts()).filter(({ user }) => user.startsWith("sl_"))).toEqual([]);
  });

  it("needs each of its privileges, and a plan names the one that is missing", async () => {
    for (const sql of statements.slice(1)) {
      const [, list = "", on = ""] = /^GRANT (.*) ON (.*) TO /.exec(sql)!;
      for (const privilege of list.split(", ").filter(one => !DEFINERS.includes(one))) {
        await cluster.byHand(`REVOKE ${privilege} ON ${on} FROM ${NAME}`);
        const { problems } = await bring(ACCESS).catch((error: Error) => ({ problems: [error.message] }));
        expect(problems.join(" ")).toMatch(new RegExp(`${privilege}\\b`));
        expect(await cluster.accounts()).not.toContainEqual({ user: "sl_jane", host: "%" });
        await cluster.byHand(sql);
      }
    }
  }, 100_000);

  it("is named, with the statement that helps, where it may not read accounts", async () => {
    await cluster.byHand(`REVOKE SELECT ON mysql.* FROM ${NAME}`);
    await expect(bring(ACCESS)).rejects.toThrow(`run: GRANT SELECT ON mysql.* TO ${NAME}.`);
    await cluster.byHand(`REVOKE CREATE USER ON *.* FROM ${NAME}`, `GRANT SELECT ON mysql.* TO ${NAME}`);
    expect((await bring(ACCESS)).problems).toEqual([
      `The administrator ${NAME} lacks CREATE USER, and cannot create, change and drop accounts. ` +
        `As an account that may grant it, run: GRANT CREATE USER ON *.* TO ${NAME}.`,
    ]);
  });
});
