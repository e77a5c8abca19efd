import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { EnforceResponse } from "../../../../core/contract/enforcement";
import type { ParameterSource } from "../../../../core/contract/registry-entry";
import { enforceHandler } from "../../../../lambdas/reconciler/handlers/handlers";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { iamToken, logIn } from "../../../support/mysql-login";
import { ReconcilerFixture, rosterOf } from "../reconciler-fixture";

const PARAMETER = "/aurora-users/sources/shop-prod";
const source: ParameterSource = {
  name: "shop/prod",
  parameter: PARAMETER,
  databases: ["orders"],
  maxRemovalShare: 0.5,
  // Removals are added up over 24 hours.
  minRemovals: 1_000,
  roles: { read: ["SELECT"], write: ["SELECT", "INSERT", "UPDATE"] },
};

/**
 * The very event that AWS publishes.
 * @see
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
 */
const changeOf = (name: string, operation: string) => ({
  version: "0",
  id: "9547ef2d-3b7e-4057-b6cb-5fdf09ee7c8f",
  "detail-type": "Parameter Store Change",
  source: "aws.ssm",
  account: "123456789012",
  time: "2026-11-20T16:44:48Z",
  region: "eu-central-1",
  resources: [`arn:aws:ssm:eu-central-1:123456789012:parameter${name}`],
  detail: { operation, name, type: "String", description: "" },
});

describe("a change in Parameter Store", () => {
  let fixture: ReconcilerFixture;
  let services: Services;
  let hours = 0;

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
    await fixture.register("orders", { sources: [source] });
    await fixture.register("payments");
    await fixture.planAndApply("orders", rosterOf({ bob: "read" }));
  }, 180_000);
  afterAll(() => fixture.stop());
  // A source's refused documents are reported once an hour.
  beforeEach(() => {
    hours++;
    const now = () => new Date(Date.now() + hours * 3_600_000);
    services = { ...fixture.services, now };
  });
  afterEach(() => fixture.aws.clearFaults());

  const changed = async (name = PARAMETER, operation = "Update"): Promise<EnforceResponse[]> => {
    const body = JSON.stringify(changeOf(name, operation));
    const payload = {
      Records: [
        { messageId: "m-1", receiptHandle: "r", body, eventSource: "aws:sqs", awsRegion: "eu-central-1" },
      ],
    };
    return (await enforceHandler(services)(payload, fixture.context())) as EnforceResponse[];
  };
  const put = async (Value: string): Promise<EnforceResponse[]> => {
    await new SSMClient({}).send(
      new PutParameterCommand({ Name: PARAMETER, Value, Type: "String", Overwrite: true }),
    );
    return changed();
  };
  const users = (...names: readonly string[]) =>
    JSON.stringify({ users: names.map(name => ({ name, role: "read" })) });
  const canLogIn = async (user: string): Promise<boolean> => {
    const connection = await logIn(fixture.server, user, await iamToken(fixture.server, user)).catch(
      () => undefined,
    );
    connection?.destroy();
    return connection !== undefined;
  };

  it("grants access and revokes it without a plan, and the plan stays empty", async () => {
    const plan = await fixture.preview("orders", rosterOf({ bob: "read" }));
    expect(await canLogIn("sl_alice")).toBe(false);
    expect(await put(users("alice"))).toMatchObject([
      { cluster: "orders", outcome: "enforced", audited: true },
    ]);
    expect(await canLogIn("sl_alice")).toBe(true);
    expect(fixture.events("access.granted").at(-1)!.detail).toMatchObject({
      account: "sl_alice",
      cause: "parameter",
      before: [],
      after: [{ database: "orders", role: "read", project: "shop/prod" }],
    });
    expect((await fixture.preview("orders", rosterOf({ bob: "read" }))).changeSet).toEqual(plan.changeSet);

    const alice = await logIn(fixture.server, "sl_alice", await iamToken(fixture.server, "sl_alice"));
    alice.on("error", () => {});
    expect(await put('{"users":[]}')).toMatchObject([{ statements: 1, sessionsEnded: 1 }]);
    await expect(alice.query("SELECT 1")).rejects.toThrow();
    expect(await canLogIn("sl_alice")).toBe(false);
    expect(fixture.events("access.revoked").at(-1)!.detail).toMatchObject({
      account: "sl_alice",
      cause: "parameter",
      after: [],
    });
    const kinds = (await fixture.audit("orders")).slice(-3);
    expect(kinds.map(({ kind }) => kind)).toEqual(["source", "intent", "result"]);
    expect(kinds[1]!["statements"]).toMatchObject([
      { sql: "DROP USER 'sl_alice'@'%'", cause: "parameter", accounts: [{ user: "alice" }] },
    ]);
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
  });

  it("ends its expired access by the schedule", async () => {
    const services = { ...fixture.services, now: () => new Date("2031-01-01T00:00:01Z") };
    await put(JSON.stringify({ users: [{ name: "alice", role: "read", expires: "2030-12-31" }] }));
    expect(await canLogIn("sl_alice")).toBe(true);
    expect(await fixture.enforce("orders", services)).toMatchObject({ statements: 1 });
    expect(await canLogIn("sl_alice")).toBe(false);
    await put('{"users":[]}');
  });

  it.each([
    ["broken", '{"users":['],
    ["of another shape", '{"users":[{"name":"mallory"}]}'],
    ["with a key that is not known", '{"users":[],"admin":true}'],
    ["naming what no account can be called", '{"users":[{"name":"mal\\u0000lory","role":"read"}]}'],
    ["about the server's own account", '{"users":[{"name":"mallory","role":"read","databases":["mysql"]}]}'],
    ["above the ceiling's roles", '{"users":[{"name":"mallory","role":"admin"}]}'],
    ["in pieces that are not there", '{"parts":2,"sha256":"' + "0".repeat(64) + '"}'],
  ])(
    "changes nothing when the document is %s, says so once, and keeps the last good one",
    async (_, text) => {
      await put(users("alice"));
      const refused = (await fixture.audit("refused#orders")).length;
      const failures = fixture.events("reconcile.failed").length;
      for (let again = 0; again < 2; again++)
        expect(await (again === 0 ? put(text) : changed())).toMatchObject([{ statements: 0 }]);
      expect(await fixture.accounts()).toEqual(["sl_alice", "sl_bob"]);
      expect(await canLogIn("sl_alice")).toBe(true);
      expect(
        fixture
          .events("reconcile.failed")
          .slice(failures)
          .map(({ detail }) => detail),
      ).toMatchObject([{ action: "parameter" }]);
      expect((await fixture.audit("refused#orders")).slice(refused)).toHaveLength(1);
    },
  );

  it("treats a hostile name as a name", async () => {
    const name = "x'@'%', 'sl_y";
    await put(
      JSON.stringify({
        users: [
          { name: "alice", role: "read" },
          { name, role: "read", reason: "'; DROP USER root; --" },
        ],
      }),
    );
    expect(await fixture.accounts()).toEqual(["sl_alice", "sl_bob", `sl_${name}`]);
    await put(users("alice"));
    expect(await fixture.accounts()).toEqual(["sl_alice", "sl_bob"]);
  });

  it("needs a confirmation for the removal of most accounts, by a token for exactly that removal", async () => {
    const many = ["ann", "ben", "cid", "dan"];
    await put(users(...many));
    await fixture.register("orders", { sources: [{ ...source, minRemovals: 3 }] });
    await put(users("ann"));
    expect((await fixture.accounts()).length).toBe(5);
    const { detail } = fixture.events("reconcile.failed").at(-1)!;
    const token = /"confirmRemovals": ?"([0-9a-f]+)"/.exec((detail as { message: string }).message)?.[1];
    expect(token).toBeDefined();
    await put(JSON.stringify({ ...JSON.parse(users()), confirmRemovals: token }));
    expect((await fixture.accounts()).length).toBe(5);
    await put(JSON.stringify({ ...JSON.parse(users("ann")), confirmRemovals: token }));
    expect(await fixture.accounts()).toEqual(["sl_ann", "sl_bob"]);
  });

  it("keeps the last accepted document when the parameter is deleted", async () => {
    await new SSMClient({}).send(new DeleteParameterCommand({ Name: PARAMETER }));
    await changed(PARAMETER, "Delete");
    expect(await fixture.accounts()).toEqual(["sl_ann", "sl_bob"]);
    expect(fixture.events("reconcile.failed").at(-1)!.detail).toMatchObject({ code: "SourceMissing" });
  });

  it("reconciles no cluster for a parameter that is no source, and finds a change whose event was lost", async () => {
    expect(await changed("/somebody/else")).toEqual([]);
    await new SSMClient({}).send(
      new PutParameterCommand({
        Name: PARAMETER,
        Value: users("ann", "eve"),
        Type: "String",
        Overwrite: true,
      }),
    );
    await fixture.enforce();
    expect(await canLogIn("sl_eve")).toBe(true);
  });
});
