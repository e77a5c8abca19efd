import { randomUUID } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { rotateHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import { DatabaseError } from "../../../../lambdas/reconciler/runtime/errors";
import { column, iamToken, logIn } from "../../../support/mysql-login";
import { withOptions } from "../../../support/observed";
import { interceptQueries } from "../intercept-queries";
import { AUDIT, type Item, LEDGER } from "../tables";
import { passwordFixture, SECRET_PATH, services, tokenServices } from "./password-fixture";

const SYNC = "'sl_sync'@'%'";
const CREATE = `CREATE USER ${SYNC} IDENTIFIED WITH caching_sha2_password BY <password from Secrets Manager> REQUIRE SSL PASSWORD EXPIRE NEVER PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY`;
const ALTER = `ALTER USER ${SYNC} IDENTIFIED WITH caching_sha2_password BY <password from Secrets Manager> REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0 PASSWORD EXPIRE NEVER PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY`;
const GRANT = `GRANT SELECT ON \`orders\`.* TO ${SYNC}`;

describe("a service with a password", () => {
  const fixture = passwordFixture("sl_sync", "sl_report");
  const plan = async (roster = services("sync")) => (await fixture.preview("orders", roster)).sql;
  const works = async (password?: string) => {
    const session = await fixture.byPassword("sl_sync", password);
    await session.query("SELECT * FROM orders.t");
    session.destroy();
  };

  it("logs in by what its secret says, and the plan shows the statement without the password", async () => {
    expect(await plan()).toEqual([CREATE, GRANT]);
    await fixture.planAndApply("orders", services("sync"));
    const { password, ...rest } = await fixture.content("sl_sync");
    const { host, port } = fixture.server;
    expect(rest).toEqual({ engine: "mysql", host, port, username: "sl_sync", dbname: "orders" });
    expect(password).toMatch(/^[A-Za-z0-9._~-]{40}$/);
    await works();
    await expect(fixture.byPassword("sl_sync", "other")).rejects.toThrow(/denied/);
    expect(await fixture.preview("orders", services("sync"))).toMatchObject({ pending: 0, verified: true });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
  });

  it("shares a statement with others, each with a password of its own", async () => {
    const both = services("report", "sync");
    expect(await plan(both)).toHaveLength(2);
    await fixture.planAndApply("orders", both);
    await works();
    (await fixture.byPassword("sl_report")).destroy();
    const [one, other] = [await fixture.content("sl_sync"), await fixture.content("sl_report")];
    expect(one.password).not.toBe(other.password);
  });

  it("keeps its grants when it goes from token to password and back", async () => {
    await fixture.planAndApply("orders", tokenServices("sync"));
    const grants = await fixture.grants("sl_sync");
    const open = await fixture.session("sl_sync");
    expect(await plan()).toEqual([ALTER]);
    await fixture.planAndApply("orders", services("sync"));
    expect(await fixture.grants("sl_sync")).toEqual(grants);
    await works();
    await expect(open.query("SELECT 1")).rejects.toThrow();
    await expect(
      logIn(fixture.server, "sl_sync", await iamToken(fixture.server, "sl_sync")),
    ).rejects.toThrow();

    await fixture.planAndApply("orders", tokenServices("sync"));
    expect(await fixture.grants("sl_sync")).toEqual(grants);
    await expect(fixture.byPassword("sl_sync")).rejects.toThrow();
    (await fixture.session("sl_sync")).destroy();
  });

  it.each([
    ["before the account is made", /^CREATE USER/],
    ["before the ledger knows of it", /AS changed FROM mysql.user/],
  ])("gets the password of a run that died %s", async (_, where) => {
    const dying = interceptQueries(fixture.services, async (sql, run) => {
      if (where.test(sql)) throw new Error("killed");
      return run();
    });
    const seen = await fixture.preview("orders", services("sync"));
    fixture.services = dying;
    await expect(fixture.apply("orders", services("sync"), seen)).rejects.toThrow();
    fixture.services = fixture.freshServices();
    const { password } = await fixture.content("sl_sync");
    await fixture.planAndApply("orders", services("sync"));
    expect((await fixture.content("sl_sync")).password).toBe(password);
    await works();
    expect(await fixture.preview("orders", services("sync"))).toMatchObject({ pending: 0 });
  });

  it("whose password somebody changes by hand is in the next plan, and gets its own back", async () => {
    await fixture.planAndApply("orders", services("sync"));
    await wait(1_100);
    await fixture.root.query("ALTER USER sl_sync IDENTIFIED BY 'Hand-made-1'");
    const intruder = await fixture.byPassword("sl_sync", "Hand-made-1");
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 1 });
    expect(await plan()).toEqual([ALTER]);
    await fixture.planAndApply("orders", services("sync"));
    await expect(intruder.query("SELECT 1")).rejects.toThrow();
    await expect(fixture.byPassword("sl_sync", "Hand-made-1")).rejects.toThrow(/denied/);
    await works();
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
  });

  it("gets its own password back although the server lets none return", async () => {
    await fixture.planAndApply("orders", services("sync"));
    await fixture.root.query("ALTER USER sl_sync PASSWORD HISTORY 3 PASSWORD REUSE INTERVAL 30 DAY");
    await wait(1_100);
    await fixture.root.query("ALTER USER sl_sync IDENTIFIED BY 'Hand-made-1'");
    const { password } = await fixture.content("sl_sync");
    await fixture.planAndApply("orders", services("sync"));
    await works(password);
  });

  it("loses a second password that somebody gave it", async () => {
    await fixture.planAndApply("orders", services("sync"));
    const { password } = await fixture.content("sl_sync");
    await fixture.root.query("ALTER USER sl_sync IDENTIFIED BY 'Hand-made-1'");
    await fixture.root.query(`ALTER USER sl_sync IDENTIFIED BY '${password}' RETAIN CURRENT PASSWORD`);
    (await fixture.byPassword("sl_sync", "Hand-made-1")).destroy();
    expect((await plan()).at(-1)).toBe(`ALTER USER ${SYNC} DISCARD OLD PASSWORD`);
    await fixture.planAndApply("orders", services("sync"));
    await expect(fixture.byPassword("sl_sync", "Hand-made-1")).rejects.toThrow(/denied/);
    await works();
  });

  it("whose secret is missing is left without an account, and all others get theirs", async () => {
    const roster = services("lost", "sync");
    const seen = await fixture.preview("orders", roster);
    await expect(fixture.apply("orders", roster, seen)).rejects.toThrow(
      /the secret aurora-users\/orders\/sl_lost does not exist: Terraform makes it/,
    );
    await works();
    expect(await fixture.accounts()).toEqual(["sl_sync"]);
  });

  it("gets a new password where its secret was emptied, by an apply that no plan announced", async () => {
    await fixture.planAndApply("orders", services("sync"));
    const { password } = await fixture.content("sl_sync");
    await fixture.makeSecrets("sl_sync");
    await fixture.enforce();
    expect(await plan()).toHaveLength(1);
    await fixture.planAndApply("orders", services("sync"));
    expect((await fixture.content("sl_sync")).password).not.toBe(password);
    await works();
    await fixture.makeSecrets("sl_sync");
    const limited = withOptions(services("sync"), "sl_sync", { limits: { connections: 5 } });
    expect(await plan(limited)).toEqual([`ALTER USER ${SYNC} WITH MAX_USER_CONNECTIONS 5`]);
    await fixture.planAndApply("orders", limited);
    await works();
    await expect(fixture.byPassword("sl_sync", password)).rejects.toThrow(/denied/);
  });

  it("keeps its password when the cluster has another address, which is in the secret from then on", async () => {
    await fixture.planAndApply("orders", services("sync"));
    const { host, password } = await fixture.content("sl_sync");
    const other = host === "localhost" ? "127.0.0.1" : "localhost";
    await fixture.register("orders", { secretPath: SECRET_PATH, host: other });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    expect(await fixture.content("sl_sync")).toMatchObject({ host: other, password });
  });

  it("keeps its password when limits or the TLS requirement change", async () => {
    await fixture.planAndApply("orders", services("sync"));
    const limited = withOptions(services("sync"), "sl_sync", { limits: { connections: 5 } });
    expect(await plan(limited)).toEqual([`ALTER USER ${SYNC} WITH MAX_USER_CONNECTIONS 5`]);
    await fixture.planAndApply("orders", limited);
    await works();
    expect(
      await column(fixture.root, "SELECT max_user_connections FROM mysql.user WHERE User = 'sl_sync'"),
    ).toEqual(["5"]);
  });

  it("is nowhere but in Secrets Manager and, for a moment, on the way to the server", async () => {
    await fixture.root.query("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON");
    const said: unknown[] = [];
    const log = (...line: unknown[]) => void said.push(line);
    const loud = {
      ...fixture.freshServices(),
      log: { debug: log, begin: log, info: log, error: log, serviceIs: log },
    };
    // A server that quotes the statement that it refuses, as a proxy or a syntax error may.
    const quoting = interceptQueries(loud, async (sql, run) => {
      if (/^CREATE USER/.test(sql))
        throw new DatabaseError(1064, "ER_PARSE_ERROR", `near '${sql.slice(60, 140)}'`);
      return run();
    });
    const seen = await fixture.preview("orders", services("sync"));
    fixture.services = quoting;
    said.push(seen, await fixture.apply("orders", services("sync"), seen).catch(text));
    const { password: first } = await fixture.content("sl_sync");
    fixture.services = loud;
    said.push(await fixture.planAndApply("orders", services("sync")), await fixture.enforce());
    const secret = (await fixture.content("sl_sync")).password;
    expect(secret).toBe(first);
    await fixture.root.query("ALTER USER sl_sync IDENTIFIED BY 'Hand-made-1'");
    await fixture.register("orders", { secretPath: SECRET_PATH, drift: "repair" });
    said.push(await fixture.enforce(), fixture.events());
    const token = randomUUID();
    for (const Step of ["createSecret", "setSecret", "testSecret", "finishSecret"])
      said.push(
        await rotateHandler(fixture.services)(
          { Step, SecretId: `${SECRET_PATH}/sl_sync`, ClientRequestToken: token },
          fixture.context(),
        ),
      );
    const { password: rotated } = await fixture.content("sl_sync");
    await works();
    await fixture.root.query("SET GLOBAL general_log = OFF");
    const [general] = await fixture.root.query(
      "SELECT CONVERT(argument USING utf8mb4) AS sql_text FROM mysql.general_log",
    );
    for (const table of [LEDGER, AUDIT]) said.push((await fixture.everything(table)).map(unpacked));
    const everything = JSON.stringify([said, general]);
    expect(everything).toContain("<password from Secrets Manager>");
    expect(everything).toContain("RETAIN CURRENT PASSWORD");
    for (const password of [first, rotated])
      for (let at = 0; at + 8 <= password.length; at++)
        expect(everything.includes(password.slice(at, at + 8))).toBe(false);
    expect(everything).not.toContain("$A$005$");
  });
});

const wait = (ms: number) => new Promise(done => setTimeout(done, ms));
const text = (error: Error) => [error.name, error.message, error.stack, String(error.cause)];

/** An item of the ledger, with what is packed in it. */
const unpacked = (item: Item): unknown =>
  item["data"] instanceof Uint8Array ? gunzipSync(item["data"]).toString() : item;
