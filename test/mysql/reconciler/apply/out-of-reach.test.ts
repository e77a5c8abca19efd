import type { PreviewResponse } from "../../../../core/contract/payload";
import { previewHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import { connectMySql } from "../../../../lambdas/reconciler/mysql/connect-mysql";
import { CredentialsError, DatabaseUnreachableError } from "../../../../lambdas/reconciler/runtime/errors";
import { passwordCredentials, registryEntry } from "../../../support/registry";
import { interceptQueries } from "../intercept-queries";
import { previewRequest, ReconcilerFixture, rosterOf } from "../reconciler-fixture";

describe("a database that is out of reach", () => {
  let fixture: ReconcilerFixture;
  const roster = rosterOf({ bob: "read" });

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.register("orders");
    await fixture.planAndApply("orders", roster);
  }, 180_000);
  afterAll(() => fixture.stop());
  afterEach(async () => {
    fixture.aws.clearFaults();
    await fixture.register("orders");
    await fixture.planAndApply("orders", roster);
  });

  const away = () => fixture.register("orders", { port: 1 });

  it("a connection that the driver has seen closed is a database out of reach, no bug", async () => {
    const session = await connectMySql(registryEntry(fixture.server), {
      credentials: passwordCredentials(fixture.server),
      caBundle: fixture.server.ca,
      bulkRead: false,
      connectTimeoutMs: 5_000,
    });
    await fixture.root.query(`KILL ${session.id}`);
    await new Promise(resolve => setTimeout(resolve, 200));
    await expect(session.query("SELECT 1")).rejects.toThrow(DatabaseUnreachableError);
    await expect(session.query("SELECT 1")).rejects.toThrow(/was lost|cannot be reached/);
    session.destroy();
  });

  it("makes a preview that permits nothing and names cluster and reason", async () => {
    await away();
    const less = rosterOf({});
    const plan = await fixture.preview("orders", less);
    expect(plan).toMatchObject({ verified: false, pending: 0, sql: [], body: { status: "unverified" } });
    expect(plan.summary).toMatch(
      /^orders: the database could not be observed: .*ECONNREFUSED.* Check the network, the security groups and the cluster\. No longer declared, but with access as far as the ledger knows: sl_bob\.$/,
    );
    expect((await fixture.preview("orders", less)).id).not.toBe(plan.id);
  });

  it("is answered by the last successful set while the ledger agrees, still marked as not observed", async () => {
    const settled = await fixture.preview("orders", roster);
    await away();
    const plan = await fixture.preview("orders", roster);
    expect(plan.changeSet).toEqual(settled.changeSet);
    expect(plan.verified).toBe(false);
  });

  it("never ends in an empty plan after an apply that could not reach it", async () => {
    await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    const drift = await fixture.preview("orders", roster);
    await away();
    await expect(fixture.apply("orders", roster, drift)).rejects.toThrow(/DatabaseUnreachable.*Nothing ran/);
    const plan = await fixture.preview("orders", roster);
    expect(plan.body.status).toBe("unverified");
    expect(plan.id).not.toBe(drift.id);
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(/DatabaseUnreachable/);
    await fixture.register("orders");
    expect((await fixture.preview("orders", roster)).sql).toEqual(drift.sql);
  });

  it("an unverified set permits nothing, also when the database is back", async () => {
    await away();
    const plan = await fixture.preview("orders", rosterOf({}));
    await fixture.register("orders");
    await expect(fixture.apply("orders", rosterOf({}), plan)).rejects.toThrow(
      /`unverified` and permits nothing.*drop/,
    );
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
  });

  /** A preview whose query for the definers of such objects does not end, in a function with so much time. */
  const slowIn = async (view: string, timeMs = 60_000): Promise<string> => {
    const services = interceptQueries(fixture.freshServices(), (sql, run) =>
      sql.includes(`information_schema.${view} `) ? new Promise(() => {}) : run(),
    );
    const request = previewRequest("orders", rosterOf({}));
    const answer = await previewHandler(services)(request, fixture.context(timeMs));
    expect(answer).toMatchObject({ verified: false });
    return (answer as PreviewResponse).summary;
  };
  const slow = (within: string, kind: string, setting: string) =>
    expect.stringMatching(
      `^orders: the database could not be observed: orders: localhost:\\d+ did not answer within ${within}: ` +
        `to read the definers of ${kind} took [1-5](\\.\\d)? s of that, and was not done\\. Raise ${setting}, `,
    );

  it("a preview says which objects took too long to read, and which setting raises the limit", async () => {
    await fixture.register("orders", { observationTimeout: 5 });
    const kinds = ["VIEWS", "ROUTINES", "TRIGGERS", "EVENTS"];
    const summaries = await Promise.all(kinds.map(kind => slowIn(kind)));
    const setting = "`observationTimeout` of the cluster";
    expect(summaries).toEqual(kinds.map(kind => slow("5 s", kind.toLowerCase(), setting)));
  });

  it("names the function's own limit where that is the shorter one, also of an entry without the prop", async () => {
    const setting = "`previewTimeout` of the reconciler";
    expect(await slowIn("VIEWS", 6_000)).toEqual(slow("[2-5](\\.\\d)? s", "views", setting));
  });

  it("a server that hangs is given up in time", async () => {
    await fixture.server.freeze();
    const context = fixture.context(6_000);
    try {
      const plan = await previewHandler(fixture.services)(previewRequest("orders", rosterOf({})), context);
      expect(plan).toMatchObject({ verified: false });
      expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0);
    } finally {
      await fixture.server.thaw();
    }
  }, 30_000);

  it("a registry entry or a secret that cannot be read is an answer too", async () => {
    fixture.aws.faultService(request => request.service === "ssm", {
      status: 400,
      type: "ParameterNotFound",
    });
    expect((await fixture.preview("orders", roster)).summary).toMatch(/registry entry/);
    fixture.aws.clearFaults();
    fixture.services = fixture.freshServices();
    fixture.aws.faultService(request => request.service === "secretsmanager", {
      status: 400,
      type: "ResourceNotFoundException",
    });
    expect((await fixture.preview("orders", rosterOf({}))).summary).toMatch(/secret .* could not be read/);
  });

  it("access denied is asked again while the gate is new", async () => {
    const fault = fixture.aws.faultService(request => request.service === "ssm", "deny", { times: 2 });
    const plan = await fixture.preview("orders", roster, { gate: "gate-new" });
    expect(plan.verified).toBe(true);
    expect(fault.failed).toBe(2);
    fixture.aws.faultService(request => request.service === "ssm", "deny");
    const request = previewRequest("orders", roster);
    // Denied calls are repeated for half of the function's time, here 3 s.
    const denied = await previewHandler(fixture.services)(request, fixture.context(6_000));
    expect(denied).toMatchObject({ verified: false });
  });

  it("a rotated secret is read once more, and a wrong one is a clear error without the password", async () => {
    expect((await fixture.preview("orders", roster)).verified).toBe(true);
    const { password } = fixture.server.admin;
    await fixture.root.query("ALTER USER 'admin'@'%' IDENTIFIED BY 'rotated-1'");
    await fixture.putSecret("rotated-1");
    expect((await fixture.preview("orders", roster)).verified).toBe(true);
    await fixture.putSecret("wrong-password");
    fixture.services = fixture.freshServices();
    const plan = await fixture.preview("orders", rosterOf({}));
    expect(plan.summary).toMatch(
      /does not let the administrator in: Access denied.*\. Check the secret, and the administrator's password\. No longer /,
    );
    expect(JSON.stringify(plan)).not.toContain("wrong-password");
    await fixture.root.query("ALTER USER 'admin'@'%' IDENTIFIED BY ?", [password]);
    await fixture.putSecret(password);
    expect(CredentialsError.name).toBe("CredentialsError");
  });

  it("logs in within TLS only, verified against the registered host name", async () => {
    await fixture.register("orders", { host: "127.1" });
    expect((await fixture.preview("orders", rosterOf({}))).summary).toMatch(
      /cannot be reached: .*(altnames|ALTNAME)/,
    );
    await fixture.register("orders");
    fixture.services = fixture.freshServices({ caBundle: undefined });
    expect((await fixture.preview("orders", rosterOf({}))).summary).toMatch(
      /certificate.*give those of eu-central-1 as `caBundleFile`, https:\/\/truststore\.pki\.rds\.amazonaws\.com\/eu-central-1\//,
    );
    fixture.services = fixture.freshServices();
  });

  it("a server that takes no writes is refused", async () => {
    await fixture.root.query("SET GLOBAL read_only = 1");
    expect((await fixture.preview("orders", rosterOf({}))).summary).toMatch(
      /takes no writes.*writer endpoint/,
    );
    await fixture.root.query("SET GLOBAL read_only = 0");
  });
});

describe("a server without TLS", () => {
  it("is never sent a login", async () => {
    const fixture = await ReconcilerFixture.start({ args: ["--tls-version="] });
    try {
      await fixture.register("orders");
      const plan = await fixture.preview("orders", rosterOf({}));
      expect(plan.summary).toMatch(/secure connection|SSL/);
      const [rows] = await fixture.root.query("SHOW GLOBAL STATUS LIKE 'Aborted_connects'");
      expect(rows).toHaveLength(1);
    } finally {
      await fixture.stop();
    }
  }, 60_000);
});
