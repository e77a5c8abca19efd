import { defined } from "../../../../core/json";
import { EMPTY_ROSTER } from "../../../../core/roster/roster";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { putUsers, source } from "./source-suite";

const shop = { ...source, mailDomains: ["shop.example", "store.example"] };
const other = { ...shop, name: "store/prod", parameter: "/aurora-users/sources/store-prod" };
const fixture = enforcementFixture({ entry: { sources: [shop, other] } });

const can = async (user: string, sql: string): Promise<boolean> => {
  const session = await fixture.session(user).catch(() => undefined);
  const ran = await session?.query(sql).then(
    () => true,
    () => false,
  );
  session?.destroy();
  return ran === true;
};
const READ = "SELECT * FROM orders.t";
const WRITE = "INSERT INTO orders.t VALUES (1)";
const access = async () => [await can("sl_alice", READ), await can("sl_alice", WRITE)];

describe("two sources that grant one account the same database", () => {
  afterEach(async () => {
    for (const { parameter } of [shop, other]) await putUsers([], { parameter });
    await fixture.enforce();
  });

  it.each([
    [
      "read, after write that ends",
      { role: "write", hours: 1 },
      { role: "read" },
      [true, true],
      [true, false],
    ],
    [
      "write, after read that ends",
      { role: "read", hours: 1 },
      { role: "write" },
      [true, false],
      [true, true],
    ],
    [
      "nothing, after both ended",
      { role: "write", hours: 1 },
      { role: "read", hours: 1 },
      [true, true],
      [false, false],
    ],
  ])("leave what holds when the first one ends: %s", async (_, first, second, before, after) => {
    const grant = ({ hours, role }: { role: string; hours?: number }) => ({
      name: "alice",
      role,
      ...defined({ expires: hours === undefined ? undefined : fixture.at(hours * HOUR) }),
    });
    await putUsers([grant(first)]);
    await putUsers([grant(second)], { parameter: other.parameter });
    await fixture.enforce();
    expect(await access()).toEqual(before);
    fixture.forgetEvents();
    fixture.pass(HOUR + 1);
    await fixture.enforce();
    expect(await access()).toEqual(after);
    expect(fixture.events("access.expired").map(({ detail }) => detail)).toMatchObject([
      { account: "sl_alice", cause: "expiry" },
    ]);
    expect(await fixture.preview("orders", EMPTY_ROSTER)).toMatchObject({ pending: 0 });
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
  });

  it.each([
    ["the first by name", shop, other],
    ["the second by name", other, shop],
  ])(
    "share an account, and it goes with the second one's entry after %s left the stack",
    async (_, gone, left) => {
      for (const { parameter } of [gone, left]) await putUsers(["alice", "bob"], { parameter });
      await fixture.enforce();
      await fixture.register("orders", { sources: [left] });
      await fixture.planAndApply("orders", EMPTY_ROSTER);
      expect(await can("sl_alice", READ)).toBe(true);
      fixture.forgetEvents();
      await putUsers(["bob"], { parameter: left.parameter });
      await fixture.enforce();
      expect([await can("sl_alice", READ), await can("sl_bob", READ)]).toEqual([false, true]);
      expect(fixture.accountsOf("access.revoked")).toEqual(["sl_alice"]);
      expect(await fixture.preview("orders", EMPTY_ROSTER)).toMatchObject({ pending: 0 });
    },
  );

  it("keep the person of the one that had the account first, not of the first by name", async () => {
    const said = (email: string) => ({ name: "alice", email });
    await putUsers([said("alice@store.example")], { parameter: other.parameter });
    await fixture.enforce();
    fixture.forgetEvents();
    await putUsers([{ ...said("mallory@shop.example"), role: "write" }]);
    await putUsers([{ ...said("alice@store.example"), role: "write" }], { parameter: other.parameter });
    await fixture.enforce();
    expect(fixture.events("access.changed").map(({ detail }) => detail)).toMatchObject([
      { account: "sl_alice", email: "alice@store.example" },
    ]);
  });
});
