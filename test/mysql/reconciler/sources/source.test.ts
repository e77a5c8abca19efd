import { DeleteParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { ParameterSource, RegistryEntry } from "../../../../core/contract/registry-entry";
import type { Call } from "../../../../lambdas/reconciler/services/services";
import { readSources, type SourceReading } from "../../../../lambdas/reconciler/sources/source-reading";
import { deadlineOf } from "../../../../lambdas/runtime/deadline";
import { iamToken, logIn, rows } from "../../../support/mysql-login";
import { NOBODY, ReconcilerFixture, rosterOf } from "../reconciler-fixture";

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

describe("Parameter Store in addition to the reviewed roster", () => {
  let fixture: ReconcilerFixture;
  let entry: RegistryEntry;
  const reviewed = rosterOf({ bob: "read" });

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
    entry = await fixture.register("orders", { sources: [source] });
    await fixture.planAndApply("orders", reviewed);
  }, 180_000);
  afterAll(() => fixture.stop());

  const read = (): Promise<SourceReading> => {
    const { services } = fixture;
    const deadline = deadlineOf(() => 60_000, 0);
    const call: Call = { services, deadline, startedAt: services.now(), payloadHash: "" };
    return readSources(call, entry, "orders");
  };
  const write = async (users: Readonly<Record<string, "read" | "write">>): Promise<SourceReading> => {
    const document = { users: Object.entries(users).map(([name, role]) => ({ name, role })) };
    const put = {
      Name: PARAMETER,
      Value: JSON.stringify(document),
      Type: "String" as const,
      Overwrite: true,
    };
    await new SSMClient({}).send(new PutParameterCommand(put));
    return read();
  };
  const logInAs = async (user: string) => logIn(fixture.server, user, await iamToken(fixture.server, user));
  /** Looks at the unchanged roster, applies what it shows, and gives the plan's SQL. */
  const applied = async (roster = reviewed) => {
    const plan = await fixture.preview("orders", roster);
    await fixture.apply("orders", roster, plan);
    return plan.sql;
  };
  const expectEmptyPlan = async (roster = reviewed) => {
    const [first, second] = [
      await fixture.preview("orders", roster),
      await fixture.preview("orders", roster),
    ];
    expect(second.changeSet).toEqual(first.changeSet);
    expect(second).toMatchObject({ pending: 0, verified: true, unmanaged: [] });
  };

  it("shows an accepted document in the plan of an unchanged roster, exactly, and apply puts it into force", async () => {
    expect((await write({ alice: "write" })).accepted).toMatchObject([{ added: 1, version: 1 }]);
    const plan = await fixture.preview("orders", reviewed);
    expect(plan.body.status).toBe("changes");
    expect(plan.sql.every(sql => sql.includes("'sl_alice'@'%'"))).toBe(true);
    expect(plan.sql.at(-1)).toBe("GRANT SELECT, INSERT, UPDATE ON `orders`.* TO 'sl_alice'@'%'");
    expect(plan.body.notes).toContain(
      "1 account is declared in Parameter Store (shop/prod), in addition to those declared here.",
    );

    await fixture.apply("orders", reviewed, plan);
    const alice = await logInAs("sl_alice");
    await alice.query("INSERT INTO orders.t VALUES (1)");
    expect(await rows(alice, "SELECT COUNT(*) AS n FROM orders.t")).toEqual([{ n: 1 }]);
    await expect(alice.query("DELETE FROM orders.t")).rejects.toThrow(/denied/);
    alice.destroy();
    await expectEmptyPlan();
    expect((await read()).states).toMatchObject([{ pending: [], formerly: [] }]);
  });

  it("leaves the plan empty when accounts added since the last apply are in force already", async () => {
    entry = await fixture.register("orders", { sources: [{ ...source, adoptAccounts: true }] });
    const before = await fixture.preview("orders", reviewed);
    await write({ alice: "write", carol: "read" });
    for (const sql of (await fixture.preview("orders", reviewed)).sql) await fixture.root.query(sql);
    expect((await fixture.preview("orders", reviewed)).changeSet).toEqual(before.changeSet);
    await expectEmptyPlan();
    await fixture.enforce();
    entry = await fixture.register("orders", { sources: [source] });
  });

  it("shows the removal of accounts that are no longer in the document", async () => {
    await write({ alice: "write" });
    expect(await applied()).toEqual(["DROP USER 'sl_carol'@'%'"]);
    await expect(logInAs("sl_carol")).rejects.toThrow(/denied/);
    await expectEmptyPlan();
  });

  it("does not overrule the reviewed roster, and keeps an account that this one removes", async () => {
    await write({ alice: "write", bob: "write" });
    await expectEmptyPlan();
    expect(await fixture.grants("sl_bob")).toContain("GRANT SELECT ON `orders`.* TO `sl_bob`@`%`");

    expect(await applied(NOBODY)).toEqual(["GRANT INSERT, UPDATE ON `orders`.* TO 'sl_bob'@'%'"]);
    const bob = await logInAs("sl_bob");
    await bob.query("INSERT INTO orders.t VALUES (2)");
    bob.destroy();
    expect(await applied()).toEqual(["REVOKE INSERT, UPDATE ON `orders`.* FROM 'sl_bob'@'%'"]);
    await write({ alice: "write" });
    await expectEmptyPlan();
  });

  it("does not put into force by an apply what was accepted after the plan", async () => {
    const roster = rosterOf({ bob: "write" });
    const plan = await fixture.preview("orders", roster);
    await write({ alice: "write", late: "read" });
    await expect(fixture.apply("orders", roster, plan)).rejects.toThrow(
      /DatabaseMoved: orders: 1 statement ran\. Left out: sl_late/,
    );
    expect(await fixture.accounts()).toEqual(["sl_alice", "sl_bob"]);
    await write({ alice: "write" });
    await applied(reviewed);
    await expectEmptyPlan();
  });

  it("treats names that are hostile to SQL as names", async () => {
    const hostile = "o'neil`\\\"; DROP--";
    await write({ alice: "write", [hostile]: "read" });
    await applied();
    expect(await fixture.accounts()).toEqual(["sl_alice", "sl_bob", `sl_${hostile}`]);
    await write({ alice: "write" });
    expect(await applied()).toHaveLength(1);
    expect(await fixture.accounts()).toEqual(["sl_alice", "sl_bob"]);
  });

  it("delays no reviewed account when one of its own is not possible", async () => {
    await fixture.root.query("CREATE DEFINER = 'sl_ghost'@'%' PROCEDURE orders.haunted() SELECT 1");
    await write({ alice: "write", ghost: "read" });
    const unchanged = await fixture.preview("orders", reviewed);
    expect(unchanged).toMatchObject({ pending: 0, verified: true });
    expect(unchanged.summary).toContain("not as Parameter Store says: sl_ghost");

    const roster = rosterOf({ bob: "write" });
    const plan = await fixture.preview("orders", roster);
    expect(plan.sql).toEqual(["GRANT INSERT, UPDATE ON `orders`.* TO 'sl_bob'@'%'"]);
    expect(plan.body.notes.join()).toMatch(
      /sl_ghost cannot be as Parameter Store says, and is left out: .*orders\.haunted/,
    );
    await fixture.apply("orders", roster, plan);
    expect(await fixture.accounts()).toEqual(["sl_alice", "sl_bob"]);
    expect((await read()).states).toMatchObject([{ pending: ["sl_ghost"] }]);

    await fixture.root.query("DROP PROCEDURE orders.haunted");
    expect((await applied()).some(sql => sql.startsWith("CREATE USER 'sl_ghost'@'%'"))).toBe(true);
    await write({ alice: "write" });
    await applied();
    await expectEmptyPlan();
  });

  it("that is broken or deleted changes nothing", async () => {
    const put = { Name: PARAMETER, Value: '{"users":[', Type: "String" as const, Overwrite: true };
    await new SSMClient({}).send(new PutParameterCommand(put));
    expect((await read()).refused).toMatchObject([{ code: "SourceBroken", new: true }]);
    await expectEmptyPlan();
    await new SSMClient({}).send(new DeleteParameterCommand({ Name: PARAMETER }));
    expect((await read()).refused).toMatchObject([{ code: "SourceMissing", new: false }]);
    await expectEmptyPlan();
    expect(await fixture.accounts()).toEqual(["sl_alice", "sl_bob"]);
    const refused = (await fixture.audit("refused#orders")).filter(item => item["source"] === "shop/prod");
    expect(refused.map(item => item["code"])).toEqual(["SourceBroken", "SourceMissing"]);
  });

  it("keeps the cluster's last hook from being deleted while its accounts exist", async () => {
    const tf = { action: "delete" as const, prev_input: null };
    await applied(NOBODY);
    const plan = await fixture.preview("orders", NOBODY);
    await expect(fixture.apply("orders", NOBODY, plan, { tf })).rejects.toThrow(
      /AccountsRemain.*1 account is left \(sl_alice\).*without sources in Parameter Store/s,
    );
  });

  it("that the registry no longer names loses its accounts with the next plan, and is forgotten", async () => {
    entry = await fixture.register("orders", { sources: [] });
    expect(await applied()).toEqual(expect.arrayContaining(["DROP USER 'sl_alice'@'%'"]));
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
    await expectEmptyPlan();
    expect(await fixture.services.sources.ledger.states("orders", entry)).toEqual([]);
  });
});
