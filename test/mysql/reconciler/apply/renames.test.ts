import type { Roster } from "../../../../core/roster/roster";
import { asRoot } from "../../../support/mysql-login";
import { DAY, enforcementFixture } from "../enforce/enforcement-fixture";
import { applyRequest } from "../payloads";
import { NOBODY, rosterOf } from "../rosters";
import { AUDIT } from "../tables";

jest.setTimeout(120_000);
const [OLD, NEW] = ["sl_jane.doe", "sl_jane.smith"];
const RENAME = `RENAME USER '${OLD}'@'%' TO '${NEW}'@'%'`;
/** Jane by one of her names, with an end of her access if there is one. */
const jane = (name: string, more: object = {}): Roster => {
  const { accounts, roles } = rosterOf({ [name]: "write" });
  const account = accounts[`sl_${name}`]!;
  const databases = { orders: { ...account.databases["orders"]!, ...more } };
  const formerly = name === "jane.smith" ? { formerly: OLD } : {};
  return {
    roles,
    accounts: { [`sl_${name}`]: { ...account, email: "jane@example.com", ...formerly, databases } },
  };
};

describe("a person whose account is renamed", () => {
  const fixture = enforcementFixture();
  const canWrite = async (user: string) => {
    const session = await fixture.session(user).catch(() => undefined);
    const done = await session?.query("INSERT INTO orders.t VALUES (1)").then(
      () => true,
      () => false,
    );
    session?.destroy();
    return done === true;
  };

  it("keeps access; plan, audit trail and events name both accounts; the old session ends", async () => {
    await fixture.planAndApply("orders", jane("jane.doe"));
    const open = await fixture.session(OLD);
    fixture.forgetEvents();
    const plan = await fixture.preview("orders", jane("jane.smith"));
    expect(plan).toMatchObject({ sql: [RENAME], pending: 1 });
    expect(plan.summary).not.toContain("no longer declared");
    expect(plan.body.notes.join("\n")).toContain(`${OLD} (1 open)`);
    await fixture.apply("orders", jane("jane.smith"), plan);
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([false, true]);
    await expect(open.query("SELECT 1")).rejects.toThrow();

    const [intent] = (await fixture.items(AUDIT, "orders")).filter(({ kind }) => kind === "intent").slice(-1);
    const accounts = [
      { account: OLD, user: "jane.doe" },
      { account: NEW, user: "jane.smith" },
    ];
    expect(intent!["statements"]).toMatchObject([{ sql: RENAME, accounts }]);
    expect(fixture.events().map(({ type }) => type)).toEqual(["access.changed", "reconcile.succeeded"]);
    expect(fixture.events("access.changed")[0]!.detail).toMatchObject({ account: NEW, formerly: OLD });

    // It may stay in the file.
    expect(await fixture.preview("orders", jane("jane.smith"))).toMatchObject({ id: plan.id, pending: 0 });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    await fixture.planAndApply("orders", NOBODY);
    expect(await fixture.accounts()).toEqual([]);
  });

  it("keeps access while an apply fails before the rename, also in a run of enforcement, and is renamed by the next", async () => {
    await fixture.register("orders", { drift: "repair" });
    await fixture.planAndApply("orders", jane("jane.doe"));
    const plan = await fixture.preview("orders", jane("jane.smith"));
    fixture.timeMs = 200;
    await expect(fixture.apply("orders", jane("jane.smith"), plan)).rejects.toThrow();
    fixture.timeMs = 60_000;
    await fixture.enforce().catch(() => {});
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([true, false]);
    await fixture.planAndApply("orders", jane("jane.smith"));
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([false, true]);
  });

  it("keeps access if the run dies after the rename; the next run ends the session and takes nothing", async () => {
    await fixture.planAndApply("orders", jane("jane.doe"));
    const open = await fixture.session(OLD);
    const { changeSet } = await fixture.preview("orders", jane("jane.smith"));
    const request = applyRequest("orders", jane("jane.smith"), changeSet);
    await expect(fixture.sendApply(request, fixture.dyingServices())).rejects.toThrow();
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([false, true]);
    await open.query("SELECT 1");
    expect(await fixture.enforce()).toMatchObject({ statements: 0, sessionsEnded: 1 });
    await expect(open.query("SELECT 1")).rejects.toThrow();
    await fixture.planAndApply("orders", jane("jane.smith"));
    expect(await canWrite(NEW)).toBe(true);
  });

  it("is left out, with her access, if the account got more since the plan", async () => {
    await fixture.planAndApply("orders", jane("jane.doe"));
    const plan = await fixture.preview("orders", jane("jane.smith"));
    await fixture.root.query(`GRANT DELETE ON orders.* TO '${OLD}'`);
    fixture.forgetEvents();
    await expect(fixture.apply("orders", jane("jane.smith"), plan)).rejects.toThrow(/DatabaseMoved/);
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([true, false]);
    expect(fixture.events("access.revoked", "access.changed", "access.granted")).toEqual([]);
    await fixture.planAndApply("orders", jane("jane.smith"));
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([false, true]);
  });

  it("gets its routines again where MySQL would lose them: the former name is not ASCII", async () => {
    await fixture.root.query("CREATE PROCEDURE orders.p() SELECT 1");
    const person = (name: string, formerly?: string): Roster => {
      const objects = { "PROCEDURE `orders`.`p`": { role: "own", privileges: ["EXECUTE" as const] } };
      const account = { kind: "person" as const, user: name, databases: {}, objects };
      return { roles: {}, accounts: { [`sl_${name}`]: { ...account, ...(formerly && { formerly }) } } };
    };
    await fixture.planAndApply("orders", person("jürgen"));
    const after = person("juergen", "sl_jürgen");
    const plan = await fixture.preview("orders", after);
    expect(plan.sql).toEqual([
      "RENAME USER 'sl_jürgen'@'%' TO 'sl_juergen'@'%'",
      "GRANT EXECUTE ON PROCEDURE `orders`.`p` TO 'sl_juergen'@'%'",
    ]);
    await fixture.apply("orders", after, plan);
    await fixture.server.restart();
    fixture.root = await asRoot(fixture.server);
    const session = await fixture.session("sl_juergen");
    await expect(session.query("CALL orders.p()")).resolves.toBeDefined();
    session.destroy();
    expect(await fixture.preview("orders", after)).toMatchObject({ id: plan.id, pending: 0 });
    await fixture.planAndApply("orders", {
      roles: {},
      accounts: { sl_juergen: { ...after.accounts["sl_juergen"]!, objects: {}, databases: {} } },
    });
    await fixture.root.query("DROP PROCEDURE orders.p");
  });

  it("is left out, and loses by the former name what ends", async () => {
    const expires = fixture.at(5 * DAY).replace(/\.\d+Z/, "Z");
    await fixture.planAndApply("orders", jane("jane.doe", { expires }));
    const plan = await fixture.preview("orders", jane("jane.smith", { expires }));
    await fixture.root.query(`GRANT DELETE ON orders.* TO '${OLD}'`);
    await expect(fixture.apply("orders", jane("jane.smith", { expires }), plan)).rejects.toThrow(
      /DatabaseMoved/,
    );
    await fixture.enforce().catch(() => {});
    expect([await canWrite(OLD), await canWrite(NEW)]).toEqual([true, false]);
    fixture.forgetEvents();
    fixture.pass(5 * DAY);
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual([]);
    expect(fixture.accountsOf("access.expired")).toEqual([OLD]);
  });

  it("gets no second reminder of the same end, and loses access then", async () => {
    const expires = fixture.at(5 * DAY).replace(/\.\d+Z/, "Z");
    await fixture.planAndApply("orders", jane("jane.doe"));
    await fixture.planAndApply("orders", jane("jane.doe", { expires }));
    const reminders = () => fixture.events("access.expiring").length;
    const before = reminders();
    await fixture.planAndApply("orders", jane("jane.smith", { expires }));
    await fixture.enforce();
    expect(reminders()).toBe(before);
    fixture.pass(5 * DAY);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
    expect(await fixture.accounts()).toEqual([]);
    expect(fixture.accountsOf("access.expired")).toEqual([NEW]);
  });

  it("is refused by the functions if somebody else is declared by the former name", async () => {
    const both = {
      ...jane("jane.smith"),
      accounts: { ...jane("jane.doe").accounts, ...jane("jane.smith").accounts },
    };
    await fixture.planAndApply("orders", jane("jane.doe"));
    const plan = await fixture.preview("orders", both);
    expect(plan.body).toMatchObject({ status: "refused", statements: {} });
    expect(plan.summary).toContain(`has the former name \`${OLD}\`, which is declared, too`);
    await expect(fixture.apply("orders", both, plan)).rejects.toThrow(/former name/);
    expect(await canWrite(OLD)).toBe(true);
  });
});
