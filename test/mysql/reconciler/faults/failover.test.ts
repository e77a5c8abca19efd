import type { Connection } from "mysql2/promise";
import { type MySqlServer, startMySql } from "../../../../local/mysql/start-mysql";
import { asRoot, iamToken, logIn, rows, TEST_KEY } from "../../../support/mysql-login";
import { interceptQueries } from "../intercept-queries";
import { applyRequest } from "../payloads";
import { AFTER, faultsFixture } from "./faults-fixture";

describe("another server answers", () => {
  const fixture = faultsFixture();
  let other: MySqlServer;

  beforeAll(async () => {
    other = await startMySql({ adminPassword: fixture.server.admin.password });
    await other.allowKeys([TEST_KEY]);
  }, 180_000);
  afterAll(() => other?.stop());

  const connectionId = async (connection: Connection) =>
    Number((await rows(connection, "SELECT CONNECTION_ID() AS id"))[0]!["id"]);

  it("when sessions end: the endpoint leads to another server", async () => {
    const root = await asRoot(other);
    await root.query("CREATE USER sl_eve IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL");
    const open = async (server: MySqlServer, user: string) => {
      const connection = await logIn(server, user, await iamToken(server, user));
      connection.on("error", () => {});
      return { connection, id: await connectionId(connection) };
    };
    // A session of sl_bob here, and one of sl_eve there, have the same number.
    let [bob, eve] = [await open(fixture.server, "sl_bob"), await open(other, "sl_eve")];
    while (bob.id !== eve.id)
      if (bob.id < eve.id) bob = await open(fixture.server, "sl_bob");
      else eve = await open(other, "sl_eve");
    const plan = await fixture.plan();
    const own = await fixture.session("sl_eve");
    const services = fixture.atStatement(
      4,
      async run => {
        fixture.proxy.target = other;
        return run();
      },
      30_000,
    );
    await fixture.sendApply(applyRequest("orders", AFTER, plan.changeSet), services);
    expect(await connectionId(bob.connection)).toBe(bob.id);
    await expect(own.query("SELECT 1")).rejects.toThrow();
    root.destroy();
    fixture.repair();
    await fixture.expectNextFinishes();
  });

  const changing = (nth: number) => {
    let seen = 0;
    return interceptQueries(fixture.freshServices(), async (sql, run) => {
      const found = await run();
      return sql.includes("server_uuid") && ++seen === nth
        ? [{ Variable_name: "server_uuid", Value: "b-2" }]
        : found;
    });
  };

  it("before the first statement: a proxy changes the server", async () => {
    const failed = await fixture.applyFails(await fixture.plan(), changing(1));
    await fixture.expectRecorded(failed, []);
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });

  it("after the last statement: a proxy changes the server", async () => {
    const failed = await fixture.applyFails(await fixture.plan(), changing(2));
    await fixture.expectRecorded(failed, ["done", "done", "done", "done"]);
    await fixture.expectNothingLeft();
    await fixture.expectNextFinishes();
  });
});
