import { beginLogin } from "../../../support/half-open-login";
import { HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";
import { rosterOf } from "../rosters";
import { isOpen, readersFixture } from "./readers-fixture";

/** The server's `connect_timeout`, and a margin. */
const LATE_MS = 15_000;

describe("sessions on a reader", () => {
  const fixture = readersFixture();
  const both = rosterOf({ bob: "read", eve: "read" });
  /** A session of each on the writer and on the reader. */
  const open = async (user: string) => {
    await fixture.reader.caughtUp();
    return [await fixture.session(user), await fixture.readerSession(user)] as const;
  };
  const states = async (sessions: Awaited<ReturnType<typeof open>>) => Promise.all(sessions.map(isOpen));

  it("end with a removal on the writer, and nobody else's", async () => {
    await fixture.planAndApply("orders", both);
    const [bob, eve] = [await open("sl_bob"), await open("sl_eve")];
    const { message } = await fixture.apply(
      "orders",
      rosterOf({ eve: "read" }),
      await fixture.preview("orders", rosterOf({ eve: "read" })),
    );
    expect(message).toBe("done");
    expect([await states(bob), await states(eve)]).toEqual([
      [false, false],
      [true, true],
    ]);
    const [result] = (await fixture.audit("orders")).slice(-1);
    expect(result).toMatchObject({ kind: "result", outcome: "succeeded", sessionsEnded: 2 });
    expect(fixture.rdsCalls).toEqual(["DescribeDBClusters", "DescribeDBInstances"]);
    expect(fixture.metrics.at(-1)).toMatchObject({ InstancesLeft: 0, Failures: 0 });
    await expect(fixture.readerSession("sl_bob")).rejects.toThrow(/denied/i);
  });

  it("end at their date", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
    const [bob, eve] = [await open("sl_bob"), await open("sl_eve")];
    fixture.pass(HOUR);
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 2 });
    expect([await states(bob), await states(eve)]).toEqual([
      [false, false],
      [true, true],
    ]);
  });

  it("end once the person is offboarded, also if the account was locked before", async () => {
    await fixture.planAndApply("orders", both);
    await fixture.enforce();
    const [bob, eve] = [await open("sl_bob"), await open("sl_eve")];
    await fixture.root.query("ALTER USER 'sl_bob'@'%' ACCOUNT LOCK");
    const at = fixture.services.now();
    await fixture.services.ledger.offboarded.write({ person: "bob", state: "offboarded", at });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, sessionsEnded: 2 });
    expect([await states(bob), await states(eve)]).toEqual([
      [false, false],
      [true, true],
    ]);
    await fixture.services.ledger.offboarded.write({ person: "bob", state: "reinstated", at });
    await fixture.enforce();
  });

  it("of a pool lose what was revoked, and may be opened again with the rest", async () => {
    const less = rosterOf({ bob: "read" });
    const databases = { orders: { role: "read" }, shop: { role: "read" } };
    const more = { ...less, accounts: { sl_bob: { ...less.accounts["sl_bob"]!, databases } } };
    await fixture.planAndApply("orders", more);
    const [, pooled] = await open("sl_bob");
    await pooled.query("USE shop");
    await fixture.planAndApply("orders", less);
    expect(await isOpen(pooled)).toBe(false);
    const next = await fixture.readerSession("sl_bob");
    await expect(next.query("USE shop")).rejects.toThrow(/denied/);
    // No later run ends it.
    await fixture.enforce();
    fixture.pass(LATE_MS);
    expect(await fixture.enforce()).toMatchObject({ sessionsEnded: 0 });
    expect(await isOpen(next)).toBe(true);
  });

  it("are looked for by a run that takes access, and by the one after it", async () => {
    await fixture.planAndApply("orders", both);
    await fixture.enforce();
    expect(fixture.rdsCalls).toEqual([]);
    await fixture.planAndApply("orders", rosterOf({ eve: "read" }));
    fixture.pass(LATE_MS - 1_000);
    await fixture.enforce();
    expect(fixture.rdsCalls).toHaveLength(2);
    fixture.pass(1_000);
    await fixture.enforce();
    expect(fixture.rdsCalls).toHaveLength(4);
    await fixture.enforce();
    expect(fixture.rdsCalls).toHaveLength(4);
  });

  it("end if their login finished late", async () => {
    await fixture.planAndApply("orders", both);
    await fixture.reader.caughtUp();
    const login = await beginLogin(fixture.reader, "sl_bob");
    const dropping = fixture.planAndApply("orders", rosterOf({ eve: "read" }));
    if (fixture.reader.line === "9.7") await dropping;
    else await fixture.reader.caughtUp();
    while ((await fixture.accounts()).includes("sl_bob"))
      await new Promise(resolve => setTimeout(resolve, 50));
    const late = await login.finish();
    await dropping;
    fixture.pass(LATE_MS);
    await fixture.enforce();
    expect(await isOpen(late)).toBe(false);
  });

  it.each([
    ["may not be asked for instances", "deny", "DescribeDBInstances"],
    ["may not be asked for clusters", "deny", "DescribeDBClusters"],
    ["cannot be reached", "drop", "DescribeDBClusters"],
  ] as const)("stay where RDS %s, and the run says so", async (_, fault, operation) => {
    await fixture.forget("orders");
    await fixture.planAndApply("orders", both);
    const bob = await open("sl_bob");
    fixture.aws.faultService(request => request.service === "rds" && request.operation === operation, fault);
    const plan = await fixture.preview("orders", rosterOf({ eve: "read" }));
    const { message } = await fixture.apply("orders", rosterOf({ eve: "read" }), plan);
    expect(message).toMatch(/^done; not all instances were looked at: RDS/);
    expect(await states(bob)).toEqual([false, true]);
    expect(await fixture.enforce()).toMatchObject({ outcome: "enforced" });
    bob[1].destroy();
  });
});
