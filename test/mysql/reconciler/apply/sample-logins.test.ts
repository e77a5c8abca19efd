import { join } from "node:path";
import { Signer } from "@aws-sdk/rds-signer";
import { createConnection } from "mysql2/promise";
import { privilegesOf } from "../../../../core/roster/roster";
import { sampleStatements } from "../../../../local/mysql/sample-databases";
import { readUsers } from "../../../../reader";
import { iamToken, logIn, rows, TEST_KEY } from "../../../support/mysql-login";
import { ReconcilerFixture } from "../reconciler-fixture";

const { rosters } = readUsers(join(__dirname, "../../../../users")).assemble();
const clusters = Object.entries(rosters).map(([name, roster]) => ({
  name,
  roster,
  accounts: Object.keys(roster.accounts).sort(),
}));

describe.each(clusters)("each person and service of the sample on $name", ({ name, roster, accounts }) => {
  let fixture: ReconcilerFixture;

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    for (const statement of sampleStatements(name)) await fixture.root.query(statement);
    await fixture.register(name);
    const plan = await fixture.preview(name, roster);
    await fixture.apply(name, roster, plan, { tf: { action: "create", prev_input: null } });
  }, 180_000);
  afterAll(() => fixture.stop());

  it("is somebody", () => {
    expect(accounts.length).toBeGreaterThanOrEqual(3);
  });

  it.each(accounts)("%s logs in by token, and reads what was granted, and nothing else", async account => {
    const connection = await logIn(fixture.server, account, await iamToken(fixture.server, account));
    expect(await rows(connection, "SELECT CURRENT_USER() AS who")).toEqual([{ who: `${account}@%` }]);
    const granted = roster.accounts[account]!.databases;
    const all = await rows(
      fixture.root,
      `SELECT TABLE_SCHEMA AS d, MIN(TABLE_NAME) AS t FROM information_schema.TABLES
       WHERE TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema') GROUP BY 1`,
    );
    expect(all.length).toBeGreaterThanOrEqual(2);
    for (const { d, t } of all as { d: string; t: string }[]) {
      const grant = granted[d];
      const may = grant !== undefined && privilegesOf(roster, grant).includes("SELECT");
      const answer = await connection.query(`SELECT * FROM \`${d}\`.\`${t}\``).then(
        () => true,
        () => false,
      );
      expect([d, answer]).toEqual([d, may]);
    }
    connection.destroy();
  });

  it.each(accounts)(
    "%s is refused with the token of another, an expired one, a key that is not allowed the account, and without TLS",
    async account => {
      const { server } = fixture;
      const other = accounts.find(a => a !== account)!;
      await expect(logIn(server, account, await iamToken(server, other))).rejects.toThrow(/Access denied/);

      const signer = new Signer({
        hostname: "localhost",
        port: server.port,
        username: account,
        region: "eu-central-1",
        credentials: { accessKeyId: TEST_KEY.id, secretAccessKey: TEST_KEY.secret },
      });
      jest.useFakeTimers({
        doNotFake: ["nextTick", "setImmediate", "setTimeout", "setInterval", "queueMicrotask"],
        now: Date.now() - 16 * 60_000,
      });
      const expired = await signer.getAuthToken();
      jest.useRealTimers();
      await expect(logIn(server, account, expired)).rejects.toThrow(/Access denied/);

      const token = await iamToken(server, account);
      await server.allowKeys([{ ...TEST_KEY, users: [other] }]);
      await expect(logIn(server, account, token)).rejects.toThrow(/Access denied/);
      await server.allowKeys([TEST_KEY]);

      const bare = createConnection({
        host: "127.0.0.1",
        port: server.port,
        user: account,
        authPlugins: { mysql_clear_password: () => () => Buffer.from(`${token}\0`) },
      });
      await expect(bare).rejects.toThrow(/Access denied/);
      (await logIn(server, account, await iamToken(server, account))).destroy();
    },
  );
});
