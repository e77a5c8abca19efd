import type { DatabaseGrant, Roster } from "../../../../core/roster/roster";
import { iamToken, logIn } from "../../../support/mysql-login";
import { rosterOf } from "../rosters";
import { enforcementFixture, HOUR, writesAudit } from "./enforcement-fixture";

const fixture = enforcementFixture({ databases: [], server: { lowerCaseTableNames: 1 } });
beforeAll(async () => {
  for (const name of ["orders", "STRAẞE", "ΟΔΟΣ", "other"]) {
    await fixture.root.query(`CREATE DATABASE \`${name}\``);
    await fixture.root.query(`CREATE TABLE \`${name}\`.t (a INT)`);
  }
});

/** Each name, and the same one in another case. */
const NAMES = [
  ["Orders", "orders"],
  ["STRAẞE", "straẞe"],
  ["ΟΔΟΣ", "οδοσ"],
] as const;

/** Bob's grants, and others'. */
const bob = (databases: Readonly<Record<string, DatabaseGrant>>, ...others: readonly string[]): Roster => {
  const roster = rosterOf(Object.fromEntries(["bob", ...others].map(user => [user, "read"])), "other");
  const { sl_bob: found, ...rest } = roster.accounts;
  return { ...roster, accounts: { sl_bob: { ...found!, databases }, ...rest } };
};
const other = { other: { role: "read" } };

/** Whether Bob can read a table of the database. */
const reads = async (database: string): Promise<boolean> => {
  const connection = await logIn(fixture.server, "sl_bob", await iamToken(fixture.server, "sl_bob"));
  const answer = await connection.query(`SELECT * FROM \`${database}\`.t`).then(
    () => true,
    ({ errno }) => errno !== 1142,
  );
  connection.destroy();
  return answer;
};

it.each(NAMES)("a grant on %s that expires between plan and apply is revoked by that apply", async name => {
  const first = bob({ [name]: { role: "read", expires: fixture.at(HOUR) }, ...other });
  await fixture.planAndApply("orders", first);
  expect(await reads(name)).toBe(true);
  const next = { ...first, accounts: { ...bob({}, "eve").accounts, sl_bob: first.accounts["sl_bob"]! } };
  const plan = await fixture.preview("orders", next);
  fixture.pass(2 * HOUR);
  await fixture.apply("orders", next, plan);
  expect([await reads(name), await reads("other")]).toEqual([false, true]);
});

it.each(NAMES)(
  "what expires on %s is taken after an apply that changed only the case, to %s, and failed half-way",
  async (name, respelled) => {
    await fixture.planAndApply(
      "orders",
      bob({ [name]: { role: "read", expires: fixture.at(HOUR) }, ...other }),
    );
    const next = bob({ [respelled]: { role: "read" }, ...other });
    const plan = await fixture.preview("orders", next);
    expect(plan.sql).toEqual([]);
    fixture.aws.faultService(writesAudit, "deny");
    await expect(fixture.apply("orders", next, plan)).rejects.toThrow(/AuditUnusable/);
    fixture.aws.clearFaults();
    expect(await fixture.enforce()).toMatchObject({ statements: 0, drift: 0 });
    expect(await reads(name)).toBe(true);
    fixture.pass(2 * HOUR);
    expect(await fixture.enforce()).toMatchObject({ statements: 1 });
    expect([await reads(name), await reads("other")]).toEqual([false, true]);
  },
);

it.each(NAMES)("nobody hears of an apply that writes %s as %s", async (name, respelled) => {
  await fixture.planAndApply("orders", bob({ [name]: { role: "read" } }));
  fixture.forgetEvents();
  await fixture.planAndApply("orders", bob({ [respelled]: { role: "read" } }));
  await fixture.enforce();
  expect(fixture.events()).toEqual([]);
  expect(await reads(name)).toBe(true);
});
