import { defined } from "../../../../core/json";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";

const COLUMNS = ["SELECT", "INSERT", "UPDATE", "REFERENCES"] as const;
const roles = { admin: [...COLUMNS, "CREATE"] as const, read: ["SELECT"] as const };
const person = (user: string, role: keyof typeof roles, expires?: string) => ({
  kind: "person" as const,
  user,
  databases: { orders: defined({ role, expires }) },
});

describe("an account that gives itself privileges on very many columns", () => {
  const fixture = enforcementFixture();

  const as = async (user: string, ...statements: readonly string[]) => {
    const session = await fixture.session(user);
    for (const sql of statements) await session.query(sql);
    session.destroy();
  };
  const takeColumns = async (letter: string) => {
    const columns = Array.from({ length: 900 }, (_, n) => `\`${letter.repeat(55)}${n}\``);
    await fixture.root.query("DROP TABLE IF EXISTS orders.wide");
    await as(
      "sl_mal",
      `CREATE TABLE orders.wide (${columns.map(column => `${column} TINYINT`).join(", ")}) CHARSET utf8mb4`,
      "GRANT PROXY ON 'sl_mal'@'%' TO 'sl_mal'@'%' WITH GRANT OPTION",
    );
    const items = COLUMNS.map(privilege => `${privilege} (${columns.join(", ")})`);
    await as("sl_mal", `GRANT ${items.join(", ")} ON orders.wide TO sl_mal`);
  };

  it.each([
    ["one", "c"],
    ["three", "漢"],
  ])("holds up no apply of others, and no enforcement: letters of %s bytes", async (_, letter) => {
    const expires = fixture.at(HOUR);
    await fixture.planAndApply("orders", { roles, accounts: { sl_mal: person("mal", "admin", expires) } });
    await takeColumns(letter);
    const mal = person("mal", "read", expires);
    const wanted = { roles, accounts: { sl_mal: mal, sl_bob: person("bob", "read") } };
    const plan = await fixture.preview("orders", wanted);
    await fixture.apply("orders", wanted, plan);
    await as("sl_bob", "SELECT * FROM orders.t");
    await as("sl_mal", "SELECT * FROM orders.t");
    await expect(as("sl_mal", "INSERT INTO orders.wide () VALUES ()")).rejects.toThrow(/denied/);
    expect((await fixture.grants("sl_mal")).join()).not.toMatch(/wide/);
    fixture.pass(HOUR);
    expect(await fixture.enforce()).toMatchObject({ outcome: "enforced", audited: true });
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
  });

  it("holds up no repair of another account, and is in the audit trail", async () => {
    await fixture.register("orders", { drift: "repair" });
    const accounts = { sl_mal: person("mal", "admin"), sl_bob: person("bob", "read") };
    await fixture.planAndApply("orders", { roles, accounts });
    await takeColumns("漢");
    await fixture.root.query("REVOKE SELECT ON orders.* FROM sl_bob");
    expect(await fixture.enforce()).toMatchObject({ outcome: "enforced", audited: true });
    await as("sl_bob", "SELECT * FROM orders.t");
    expect((await fixture.grants("sl_mal")).join()).not.toMatch(/wide/);
  });
});
