import fc from "fast-check";
import type { Connection } from "mysql2/promise";
import type { GrantsOfPlace, Roster, RosterAccount } from "../../../../core/roster/roster";
import { inForce, MOMENTS, overlaps, rosterWith, type Written } from "../../../unit/core/teams/added-up";
import { enforcementFixture, HOUR } from "./enforcement-fixture";

const fixture = enforcementFixture({ databases: ["orders", "payments"] });
/** How many random overlaps are tried; each at four moments. */
const RUNS = process.env["AURORA_USERS_SUITES"] === "all" ? 60 : 6;

const T = "`orders`.`t`";
const PLACES = ["orders", "payments", T, `${T} (\`a\`, \`b\`)`, `${T} (\`b\`, \`c\`)`];
const COLUMNS = ["a", "b", "c"];

beforeAll(() => fixture.root.query("ALTER TABLE orders.t ADD b INT, ADD c INT"));

/** What statements of a login are allowed to do; nothing if the login itself is refused. */
async function allowed(): Promise<string[]> {
  const session = await fixture.session("sl_jane").catch(() => undefined);
  if (!session) return [];
  const found: string[] = [];
  for (const [what, sql] of PROBES) if (await may(session, sql)) found.push(what);
  session.destroy();
  return found;
}

const may = (session: Connection, sql: string): Promise<boolean> =>
  session.query(sql).then(
    () => true,
    () => false,
  );

const PROBES: readonly (readonly [what: string, sql: string])[] = [
  ...COLUMNS.flatMap(column => [
    [`orders SELECT ${column}`, `SELECT ${column} FROM orders.t`] as const,
    [`orders UPDATE ${column}`, `UPDATE orders.t SET ${column} = 1`] as const,
    [`orders INSERT ${column}`, `INSERT INTO orders.t (${column}) VALUES (1)`] as const,
  ]),
  ["orders DELETE", "DELETE FROM orders.t"],
  ["payments SELECT a", "SELECT a FROM payments.t"],
  ["payments UPDATE a", "UPDATE payments.t SET a = 1"],
  ["payments INSERT a", "INSERT INTO payments.t (a) VALUES (1)"],
  ["payments DELETE", "DELETE FROM payments.t"],
];

/** The probes that what is written allows. */
const expected = (all: readonly Written[], at: Date): string[] => {
  const items = inForce(all, at);
  return PROBES.map(([what]) => what).filter(what => {
    const [database, privilege, column] = what.split(" ");
    const places = database === "orders" ? ["orders", T, `${T} (\`${column}\`)`] : ["payments"];
    return places.some(place => items.has(`${place}|${privilege}`));
  });
};

/** The grants with their ends so many hours from now as they are moments from the first. */
const fromNow = (all: readonly Written[]): readonly Written[] =>
  all.map(({ ends, ...grant }) => ({
    ...grant,
    grantOption: false,
    ends: ends && new Date(fixture.clock.getTime() + MOMENTS.indexOf(ends) * HOUR),
  }));

describe("a person's own grants and those of their teams, on a server", () => {
  it("give at any time what some grant in force gives, as logins find out", async () => {
    for (const [index, drawn] of fc.sample(overlaps(PLACES), { numRuns: RUNS, seed: 14 }).entries()) {
      const all = fromNow(drawn);
      const roster = rosterWith(all);
      await fixture.planAndApply("orders", roster);
      for (const hour of MOMENTS.keys()) {
        if (hour > 0) {
          fixture.pass(HOUR);
          expect(await fixture.enforce()).toMatchObject({ drift: 0 });
        }
        expect([index, hour, await allowed()]).toEqual([index, hour, expected(all, fixture.clock)]);
      }
      expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0, verified: true });
    }
  }, 600_000);

  const withTeam = (expires: string, isMember = true): Roster => ({
    ...rosterWith([]),
    roles: { read: ["SELECT"], write: ["SELECT", "INSERT"] },
    accounts: {
      sl_jane: {
        kind: "person",
        user: "jane",
        databases: {
          orders: {
            role: "write",
            reason: "INC-1",
            expires,
            ...(isMember && { also: [{ role: "read", reason: "INC-2", team: "pay" }] }),
          },
        },
      },
    },
  });

  it("lose at an end what no other gives, at the moment, and the event names that grant alone", async () => {
    const roster = withTeam(fixture.at(HOUR));
    const plan = await fixture.planAndApply("orders", roster);
    expect(plan.sql).toEqual([
      expect.stringMatching(/^CREATE USER 'sl_jane'/),
      "GRANT SELECT, INSERT ON `orders`.* TO 'sl_jane'@'%'",
    ]);
    expect(fixture.events("access.granted")[0]!.detail).toMatchObject({
      after: [
        { role: "write", reason: "INC-1", expires: fixture.at(HOUR) },
        { role: "read", reason: "INC-2", team: "pay" },
      ],
    });
    fixture.pass(HOUR);
    expect(await fixture.enforce()).toMatchObject({ statements: 1, drift: 0 });
    expect(await fixture.grants("sl_jane")).toContain("GRANT SELECT ON `orders`.* TO `sl_jane`@`%`");
    expect(fixture.events("access.expired")[0]!.detail).toMatchObject({
      ending: [{ database: "orders", role: "write", reason: "INC-1" }],
      after: [{ database: "orders", role: "read", team: "pay" }],
    });
    expect(await fixture.preview("orders", roster)).toMatchObject({ pending: 0 });
  });

  it("show exactly the losses of a member who leaves, and a plan without statements where there are none", async () => {
    const until = fixture.at(100 * HOUR);
    await fixture.planAndApply("orders", withTeam(until));
    expect((await fixture.planAndApply("orders", withTeam(until, false))).sql).toEqual([]);
    const reader = withTeam(until);
    const { sl_jane } = reader.accounts;
    const onlyTeam = { orders: { role: "write", team: "pay" }, payments: { role: "read" } };
    await fixture.planAndApply("orders", {
      ...reader,
      accounts: { sl_jane: { ...sl_jane!, databases: onlyTeam } },
    });
    const left = {
      ...reader,
      accounts: { sl_jane: { ...sl_jane!, databases: { payments: { role: "read" } } } },
    };
    expect((await fixture.planAndApply("orders", left)).sql).toEqual([
      "REVOKE SELECT, INSERT ON `orders`.* FROM 'sl_jane'@'%'",
    ]);
  });

  it("lose nothing in between when a grant moves between the person and teams", async () => {
    const roster = (grants: GrantsOfPlace, terms: Partial<RosterAccount> = {}): Roster => ({
      roles: { read: ["SELECT"], write: ["SELECT", "INSERT"] },
      accounts: { sl_jane: { kind: "person", user: "jane", ...terms, databases: { orders: grants } } },
    });
    const sql = async (grants: GrantsOfPlace, terms?: Partial<RosterAccount>) =>
      (await fixture.planAndApply("orders", roster(grants, terms))).sql;
    const ten = Array.from({ length: 10 }, (_, index) => ({ role: "write", team: `team.${index}` }));
    const [first, ...rest] = ten;
    await sql({ role: "write" });
    // From the person to the team, to one of another name, to ten teams, to the last of them, and back.
    expect(await sql({ role: "write", team: "pay" })).toEqual([]);
    expect(await sql({ role: "write", team: "payments" })).toEqual([]);
    expect(await sql({ ...first!, also: rest })).toEqual([]);
    expect(await sql(ten[9]!)).toEqual([]);
    expect(await sql({ role: "write" })).toEqual([]);
    // Only the difference, where the roles differ.
    expect(await sql({ role: "read", team: "pay" })).toEqual([
      "REVOKE INSERT ON `orders`.* FROM 'sl_jane'@'%'",
    ]);
    expect(await sql({ role: "write" })).toEqual(["GRANT INSERT ON `orders`.* TO 'sl_jane'@'%'"]);
    // A suspended member of a team stays locked, and has their access again afterwards.
    const both = { role: "read", also: [{ role: "write", team: "pay" }] };
    expect(await sql(both, { suspended: true })).toEqual(["ALTER USER 'sl_jane'@'%' ACCOUNT LOCK"]);
    expect(await allowed()).toEqual([]);
    expect(await sql(both)).toEqual(["ALTER USER 'sl_jane'@'%' ACCOUNT UNLOCK"]);
    expect(await allowed()).toEqual(expect.arrayContaining(["orders INSERT a"]));
  });
});
