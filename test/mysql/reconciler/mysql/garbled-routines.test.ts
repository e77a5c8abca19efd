import type { Roster } from "../../../../core/roster/roster";
import { asRoot, column } from "../../../support/mysql-login";
import { EnforcementFixture, HOUR } from "../enforce/enforcement-fixture";

/** Names of procedures. Those outside ASCII are stored wrongly, and after a restart no REVOKE finds them. */
const NAMES = [
  "actualizar_año",
  "räumen",
  "日本語",
  "right\u202eleft",
  "emoji😀ñ",
  "esc\u001b[31mñ",
  "esc\u001b[31m",
  "back`tick'quote\"ñ",
  "${jsonencode(1)}ñ",
] as const;

const CONTROLS = /[\p{Cc}\p{Cf}]/u;

describe("procedures with strange names, after a restart of the server", () => {
  const fixture = new EnforcementFixture();
  const account = (index: number) => `sl_user${index}`;
  let roster: Roster;

  beforeAll(async () => {
    await fixture.begin();
    for (const database of ["orders", "payments"]) {
      await fixture.root.query(`CREATE DATABASE ${database}`);
      await fixture.root.query(`CREATE TABLE ${database}.t (a INT)`);
    }
    const databases = { orders: { role: "build", expires: fixture.at(HOUR) }, payments: { role: "read" } };
    const accounts = NAMES.map((_, index) => {
      const user = `user${index}`;
      return [account(index), { kind: "person" as const, user, databases }] as const;
    });
    const roles = { read: ["SELECT" as const], build: ["SELECT" as const, "CREATE ROUTINE" as const] };
    roster = { roles, accounts: Object.fromEntries(accounts) };
    await fixture.register("orders");
    await fixture.planAndApply("orders", roster);
    await fixture.enforce();
    for (const [index, name] of NAMES.entries()) {
      const session = await fixture.session(account(index));
      await session.query(`CREATE PROCEDURE orders.\`${name.replaceAll("`", "``")}\`() SELECT 1`);
      session.destroy();
    }
    await fixture.server.restart();
    fixture.root = await asRoot(fixture.server);
  }, 180_000);
  afterAll(() => fixture.stop());

  it("nothing is refused or pending, and the plan names them without control characters", async () => {
    const next: Roster = {
      ...roster,
      accounts: { ...roster.accounts, sl_new: { ...roster.accounts["sl_user0"]!, user: "new" } },
    };
    const plan = await fixture.preview("orders", next);
    expect(plan.body.status).toBe("changes");
    expect(plan.sql.filter(sql => !sql.includes("sl_new"))).toEqual([]);
    const notes = plan.body.notes.filter(note => note.includes("PROCEDURE orders."));
    expect(notes).toHaveLength(NAMES.length);
    expect([...plan.body.notes, plan.summary].filter(text => CONTROLS.test(text))).toEqual([]);
  });

  describe("after their grant has expired", () => {
    beforeAll(async () => {
      fixture.pass(HOUR);
      expect(await fixture.enforce()).toMatchObject({ outcome: "enforced", drift: 0 });
    });

    it.each(NAMES.map((name, index) => [name, account(index)]))(
      "%j: access ends, and the rest stays",
      async (_, user) => {
        const session = await fixture.session(user);
        await expect(session.query("SELECT * FROM orders.t")).rejects.toThrow(/denied/);
        await expect(session.query("CREATE PROCEDURE orders.another() SELECT 1")).rejects.toThrow(/denied/);
        await expect(session.query("SELECT * FROM payments.t")).resolves.toBeDefined();
        session.destroy();
      },
    );

    it("the next plan is empty, and a removed account is dropped with its procedure's grant", async () => {
      expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0, verified: true });
      for (const name of NAMES)
        await fixture.root.query(`DROP PROCEDURE orders.\`${name.replaceAll("`", "``")}\``);
      await fixture.planAndApply("orders", { roles: roster.roles, accounts: {} });
      expect(await fixture.accounts()).toEqual([]);
      expect(await column(fixture.root, "SELECT User FROM mysql.procs_priv")).toEqual([]);
    });
  });
});
