import type { Roster } from "../../../../core/roster/roster";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { until } from "../enforce/rosters-until";

/** Makes the server forget the account, though `mysql.user` has it, as far as the plugin refuses the text. */
const FORGET = ["ALTER USER USER() IDENTIFIED BY 'x'", "SET PASSWORD = 'x'"];

/** Mal may create views for an hour. */
const coder = (expires: string): Roster => ({
  roles: { coder: ["SELECT", "CREATE VIEW"] },
  accounts: { sl_mal: { kind: "person", user: "mal", databases: { orders: { role: "coder", expires } } } },
});

describe("an account that changes its own login", () => {
  const fixture = enforcementFixture();
  const asUser = async (user: string, ...statements: readonly string[]) => {
    const session = await fixture.session(user);
    for (const sql of statements) await session.query(sql).catch(() => {});
    return session;
  };
  const isOut = async (user: string) => {
    await fixture.root.query("FLUSH PRIVILEGES");
    await expect(fixture.session(user)).rejects.toThrow(/denied|locked/i);
  };

  it.each([
    ["by ALTER USER", FORGET.slice(0, 1)],
    ["by SET PASSWORD", FORGET.slice(1)],
    ["by a random password", ["ALTER USER USER() IDENTIFIED BY RANDOM PASSWORD"]],
    ["so that the server forgets it", FORGET],
  ])("is gone at its date: %s", async (_, statements) => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
    const bob = await asUser("sl_bob", ...statements);
    fixture.pass(HOUR);
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    await expect(bob.query("SELECT 1")).rejects.toThrow();
    await isOut("sl_bob");
  });

  it("and owns objects loses its sessions and its login; the run says what the server refuses", async () => {
    await fixture.planAndApply("orders", coder(fixture.at(HOUR)));
    const mal = await asUser("sl_mal", "CREATE VIEW orders.v AS SELECT 1", ...FORGET);
    fixture.pass(HOUR);
    await expect(fixture.enforce()).rejects.toThrow(
      /StatementsFailed: orders: 0 of 2 statements ran\..*ALTER USER 'sl_mal'@'%' ACCOUNT LOCK: .*1396/,
    );
    await expect(mal.query("SELECT 1")).rejects.toThrow();
    await isOut("sl_mal");
    expect(fixture.events("access.expired", "access.revoked")).toEqual([]);
    // A person drops it, as the message says which account it is.
    await fixture.root.query("DROP VIEW orders.v");
    await fixture.enforce();
    expect(await fixture.accounts()).toEqual([]);
  });
});
