import { faultsFixture, type Failed } from "./faults-fixture";
import { rows } from "../../../support/mysql-login";

const changesAccounts = (sql: string) => /^(CREATE|ALTER|DROP|RENAME) USER |^(GRANT|REVOKE) /.test(sql);
const fixture = faultsFixture();
const log = async (what: string, f: Failed, since: number) => {
  const audit = (await fixture.audit("orders")).slice(-2).map(i => JSON.stringify({ kind: i["kind"], outcome: i["outcome"], ran: i["ran"], results: (i["results"] as any[] | undefined)?.map(r => r.outcome) }));
  process.stderr.write(`\n### ${what} [${Date.now() - since} ms]\n${f.message}\n${audit.join("\n")}\n`);
};
const lock = async (sql = "LOCK TABLES mysql.user READ, mysql.db READ") => { await fixture.root.query(sql); return async () => void (await fixture.root.query("UNLOCK TABLES")); };
const left = async (what: string) => {
  const p = (await rows(fixture.root, "SHOW FULL PROCESSLIST")).filter(r => r["User"] === "admin" || r["User"] === "unauthenticated user");
  process.stderr.write(`${what}: ${JSON.stringify(p)}\n`);
};

describe("connect", () => {
  it.each([1, 2, 3, 4, 5, 6])("request %d cut", async n => {
    for (const how of ["FIN", "RST"] as const) {
      fixture.proxy.onRequest = (_c, r) => { if (r === n) fixture.proxy.cut(how); };
      const plan = await fixture.plan();
      process.stderr.write(`\n${n} ${how} plan: ${plan.summary}\n`);
    }
  });
  it.each([1, 2, 3, 5])("request %d blackholed", async n => {
    fixture.proxy.onRequest = (_c, r) => { if (r === n) fixture.proxy.blackhole(); };
    fixture.remain(15_000 + 3_000);
    const t = Date.now();
    const plan = await fixture.plan();
    process.stderr.write(`\n${n} plan: ${plan.summary} ${Date.now() - t}\n`);
    await left("left");
  });
});

describe("statement", () => {
  it.each(["FIN", "RST"] as const)("cut %s while waiting", async how => {
    const plan = await fixture.plan();
    const unlock = await lock();
    const t = Date.now();
    const failed = await fixture.applyFails(plan, fixture.at(changesAccounts, async run => {
      const running = run();
      running.catch(() => {});
      await fixture.seen(/^(CREATE|GRANT|ALTER)/);
      fixture.proxy.cut(how);
      return running;
    }));
    await log("cut " + how, failed, t);
    await left("left");
    await new Promise(r => setTimeout(r, 1500));
    await left("left later");
    await unlock();
    await new Promise(r => setTimeout(r, 500));
    process.stderr.write((await fixture.accounts()).join() + "\n");
    await fixture.expectNextFinishes();
  });
  it("blackholed while waiting", async () => {
    const plan = await fixture.plan();
    const unlock = await lock();
    const t = Date.now();
    const failed = await fixture.applyFails(plan, fixture.at(sql => changesAccounts(sql) || /AS held/.test(sql), async run => {
      fixture.remain(15_000 + 4000);
      return run();
    }));
    await log("lock wait", failed, t);
    await unlock();
    await fixture.expectNextFinishes();
  });
  it("blackholed", async () => {
    const plan = await fixture.plan();
    const t = Date.now();
    let n = 0;
    const failed = await fixture.applyFails(plan, fixture.at(sql => { if (/AS held/.test(sql)) fixture.remain(15_000 + 3000); return changesAccounts(sql) && ++n === 2; }, async run => {
      fixture.proxy.blackhole();
      return run();
    }));
    await log("blackhole", failed, t);
    await left("left");
    fixture.proxy.heal();
    await new Promise(r => setTimeout(r, 300));
    await left("healed");
    process.stderr.write((await fixture.accounts()).join() + "\n");
    await fixture.expectNextFinishes();
  });
  it("frozen", async () => {
    const plan = await fixture.plan();
    const t = Date.now();
    let n = 0;
    const failed = await fixture.applyFails(plan, fixture.at(sql => { if (/AS held/.test(sql)) fixture.remain(15_000 + 3000); return changesAccounts(sql) && ++n === 2; }, async run => {
      await fixture.server.freeze();
      return run();
    }));
    await log("frozen", failed, t);
    fixture.server.thaw();
    await fixture.expectNextFinishes();
  });
  it("locked for reading", async () => {
    const plan = await fixture.plan();
    const unlock = await lock("LOCK TABLES mysql.user WRITE");
    fixture.remain(15_000 + 3000);
    let t = Date.now();
    const seen = await fixture.plan();
    process.stderr.write(`\nplan: ${seen.summary} ${Date.now() - t}\n`);
    await left("left after plan");
    fixture.remain(15_000 + 3000);
    t = Date.now();
    const failed = await fixture.applyFails(plan);
    await log("locked for reading", failed, t);
    await left("left after apply");
    await new Promise(r => setTimeout(r, 2000));
    await left("left later");
    await unlock();
    await fixture.expectNextFinishes();
  });
  it("slow after the statements", async () => {
    const plan = await fixture.plan();
    const t = Date.now();
    let n = 0;
    const failed = await fixture.applyFails(plan, fixture.at(sql => { if (/AS held/.test(sql)) fixture.remain(15_000 + 2000); return changesAccounts(sql) && ++n === 3; }, async run => {
      fixture.proxy.delayMs = 1_000;
      return run();
    }));
    await log("slow", failed, t);
    fixture.proxy.delayMs = 0;
    await left("left");
    await fixture.expectNextFinishes();
  });
});
