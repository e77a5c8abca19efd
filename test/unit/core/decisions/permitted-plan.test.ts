import type { ChangeSetBody } from "../../../../core/contract/payload";
import { permittedPlan, type RequestedPlan } from "../../../../core/decisions/permitted-plan";
import { NO_STATEMENTS, type Statement, type StatementsPlan } from "../../../../core/mysql";
import { rosterOf } from "../../../support/observed";
import { NOW } from "./known";

const DROP = "DROP USER 'sl_a'@'%'";
const bodyOf = (status: ChangeSetBody["status"], ...shown: string[]): ChangeSetBody => ({
  status,
  statements: Object.fromEntries(shown.map((sql, i) => [`000${i + 1}`, sql])),
  notes: [],
  plannedAt: NOW.toISOString(),
  plannedBy: "ann",
});
const statement = (sql: string, user: string, isNeeded = false): Statement => ({
  sql,
  isNeeded,
  accounts: [{ user, host: "%" }],
  why: "",
  removes: !/^(GRANT|CREATE|RENAME)|UNLOCK$/.test(sql),
  each: [sql],
});
const planOf = (...statements: Statement[]): StatementsPlan => ({ ...NO_STATEMENTS, statements });
const USUAL = {
  id: "cs-1",
  isSpent: false,
  isSuperseded: false,
  roster: rosterOf({}),
  names: { partialRevokes: true, lowerCaseTableNames: 0 },
  now: NOW,
};
const permitted = (body: ChangeSetBody, overrides: Partial<RequestedPlan> = {}) => {
  const plan = planOf(statement(DROP, "sl_a"));
  const found = permittedPlan({ ...USUAL, plan, body, ...overrides });
  if ("refusal" in found) return found.refusal;
  return { sql: found.plan.statements.map(({ sql }) => sql), moved: [...found.moved.values()] };
};
const NOT_SHOWN = "The plan did not show: drop|'sl_a'@'%'. None of 1 statements ran.";

describe("statements", () => {
  it.each(["changes", "unseen"] as const)("may run if a set with the status %s shows them", status => {
    expect(permitted(bodyOf(status, DROP))).toEqual({ sql: [DROP], moved: [] });
  });

  it.each(["changes", "unseen", "none"] as const)(
    "of an account do not run if a set with the status %s does not show them",
    status => {
      expect(permitted(bodyOf(status, "DROP USER 'sl_b'@'%'"))).toEqual({
        sql: [],
        moved: ["sl_a changed since the plan, which did not show: drop|'sl_a'@'%'."],
      });
    },
  );

  it.each(["unverified", "refused"] as const)("may not run for a set that is %s", status => {
    expect(permitted(bodyOf(status, DROP))).toBe(
      `the change set is \`${status}\` and permits nothing. ${NOT_SHOWN}`,
    );
  });

  it("may not run for a set that ran before, nor run in part for one that is older than one that was", () => {
    expect(permitted(bodyOf("changes", DROP), { isSpent: true })).toBe(
      `the change set cs-1 ran before and permits nothing more. ${NOT_SHOWN}`,
    );
    expect(permitted(bodyOf("changes", DROP), { isSuperseded: true })).toEqual({ sql: [DROP], moved: [] });
    expect(permitted(bodyOf("changes"), { isSuperseded: true })).toBe(
      `a change set that was planned after cs-1 was applied since. ${NOT_SHOWN}`,
    );
  });

  it("may run without any set if they drop an account whose grants have expired", () => {
    const roster = rosterOf({ sl_a: { orders: { role: "read", expires: "2026-11-19T00:00:00Z" } } });
    expect(permitted(bodyOf("none"), { roster })).toEqual({ sql: [DROP], moved: [] });
  });
});

describe("an account that changed since the plan", () => {
  const revoke = (what: string) => `REVOKE ${what} ON \`orders\`.* FROM 'sl_a'@'%'`;
  const grant = (what: string) => `GRANT ${what} ON \`orders\`.* TO 'sl_a'@'%'`;
  const run = (shown: string[], now: string[]) =>
    permitted(bodyOf("changes", ...shown), { plan: planOf(...now.map(sql => statement(sql, "sl_a"))) });
  const name = "'sl_a'@'%'";

  it.each([
    [
      "it got more",
      [revoke("INSERT")],
      [revoke("INSERT"), `REVOKE 'app'@'%' FROM ${name}`],
      [revoke("INSERT")],
    ],
    [
      "it got more, and gets what was declared",
      [grant("SELECT")],
      [revoke("DELETE"), grant("SELECT")],
      [grant("SELECT")],
    ],
    ["it lost something", [revoke("INSERT")], [revoke("INSERT"), grant("SELECT")], [revoke("INSERT")]],
    [
      "it lost a role's login",
      [revoke("INSERT")],
      [revoke("INSERT"), `ALTER USER ${name} ACCOUNT UNLOCK`],
      [revoke("INSERT")],
    ],
    [
      "it would be unlocked",
      [`ALTER USER ${name} ACCOUNT UNLOCK`],
      [revoke("DELETE"), `ALTER USER ${name} ACCOUNT UNLOCK`],
      [],
    ],
    [
      "it would be renamed",
      [`RENAME USER 'sl_a'@'10.%' TO ${name}`],
      [revoke("DELETE"), `RENAME USER 'sl_a'@'10.%' TO ${name}`],
      [],
    ],
  ])("is left out, but for what was shown and is safe: %s", (_what, shown, now, ran) => {
    const { moved, sql } = run(shown, now) as { moved: string[]; sql: string[] };
    expect(sql).toEqual(ran);
    expect(moved).toEqual([expect.stringMatching(/^sl_a changed since the plan, which did not show: /)]);
  });

  it.each([
    ["granted first what a shown REVOKE takes with it", grant("SELECT")],
    ["renamed", `RENAME USER 'sl_a'@'10.%' TO ${name}`],
    ["created again", `CREATE USER ${name} IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL`],
  ])("loses only what hands on access where it had to be %s, which the plan did not show", (_what, sql) => {
    const option = `REVOKE GRANT OPTION ON *.* FROM ${name}`;
    const plan = planOf(
      statement(revoke("INSERT"), "sl_a"),
      statement(option, "sl_a"),
      statement(sql, "sl_a", true),
    );
    expect(permitted(bodyOf("changes", revoke("INSERT")), { plan })).toMatchObject({ sql: [option] });
  });

  it.each([
    ["a lock", `ALTER USER ${name} ACCOUNT LOCK`],
    ["a drop", DROP],
    ["a REVOKE", revoke("INSERT")],
  ])("keeps its sessions and its events if %s does not run", (_what, sql) => {
    const account = { user: "sl_a", host: "%" };
    const disable = `ALTER DEFINER = ${name} EVENT \`o\`.\`e\` DISABLE`;
    const plan = {
      ...planOf(statement(sql, "sl_a"), statement(disable, "sl_a"), statement(grant("SELECT"), "sl_a", true)),
      endSessions: [account, { user: "sl_b", host: "%" }],
      notGone: [{ ...account, objects: [] }],
      disables: [`${name} \`o\`.\`e\``],
    };
    const found = permittedPlan({ ...USUAL, plan, body: bodyOf("changes", sql) });
    expect(found).toMatchObject({
      plan: { statements: [], endSessions: [{ user: "sl_b" }], disables: [] },
    });
    expect(found).toHaveProperty("plan.notGone", sql.endsWith("LOCK") ? [] : plan.notGone);
  });

  it("loses what hands on access, and may be locked where it was to be dropped", () => {
    const options = [revoke("GRANT OPTION"), `REVOKE GRANT OPTION ON *.* FROM ${name}`];
    const proxy = `REVOKE PROXY ON 'sl_b'@'%' FROM ${name}`;
    expect(run([], [...options, proxy])).toEqual({ sql: [...options, proxy], moved: [] });
    const lock = [`ALTER USER ${name} ACCOUNT LOCK`, `ALTER DEFINER = ${name} EVENT \`o\`.\`e\` DISABLE`];
    expect(run([DROP], [...lock, revoke("SELECT")])).toEqual({ sql: [...lock, revoke("SELECT")], moved: [] });
  });

  it("does not hold up the others, also where they share a statement", () => {
    const both = "GRANT SELECT ON `orders`.* TO 'sl_a'@'%', 'sl_b'@'%'";
    const forB = "GRANT SELECT ON `orders`.* TO 'sl_b'@'%'";
    const accounts = ["sl_a", "sl_b"].map(user => ({ user, host: "%" }));
    const plan = planOf({
      sql: both,
      accounts,
      why: "",
      removes: false,
      isNeeded: false,
      each: [grant("SELECT"), forB],
    });
    expect(permitted(bodyOf("changes", forB), { plan })).toEqual({
      sql: [forB],
      moved: [expect.stringMatching(/^sl_a changed/)],
    });
  });
});

describe("the end of a second password", () => {
  const ACCOUNT = "'sl_sync'@'%'";
  const BY = "IDENTIFIED WITH caching_sha2_password BY <password from Secrets Manager>";
  const RESET = `ALTER USER ${ACCOUNT} ${BY} REQUIRE SSL PASSWORD EXPIRE NEVER PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY`;
  const DISCARD = `ALTER USER ${ACCOUNT} DISCARD OLD PASSWORD`;
  const discard = { ...statement(DISCARD, "sl_sync"), removes: false };
  const both = planOf(statement(RESET, "sl_sync"), discard);
  const at = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000).toISOString();
  const run = (shown: string[], plan: StatementsPlan, known?: object) =>
    (
      permitted(bodyOf("changes", ...shown), {
        plan,
        ...(known && { passwords: new Map([[ACCOUNT, { changed: 1, ...known }]]) }),
      }) as { sql: string[] }
    ).sql;

  it("does not run without the statement that sets the first one", () => {
    expect(run([], both)).toEqual([]);
    expect(run([DISCARD], both)).toEqual([]);
    expect(run([], both, { oldUntil: at(-1) })).toEqual([]);
    expect(run([RESET], both)).toEqual([RESET]);
    expect(run([RESET, DISCARD], both)).toEqual([RESET, DISCARD]);
  });

  it("need not have been shown if a rotation left it and its time is over, and only then", () => {
    const alone = planOf(statement(DISCARD, "sl_sync"));
    expect(run([], alone, { oldUntil: at(0) })).toEqual([DISCARD]);
    expect(run([], alone, { oldUntil: at(1) })).toEqual([]);
    expect(run([], alone, { oldUntil: at(-1), rotatingSince: at(-2) })).toEqual([]);
    expect(run([], alone, {})).toEqual([]);
    expect(run([], alone)).toEqual([]);
    expect(run([DISCARD], alone)).toEqual([DISCARD]);
  });

  it("is not what a secret that lost its password permits: that is a new first one alone", () => {
    const emptied = new Set([ACCOUNT]);
    const run = (user: string) =>
      permitted(bodyOf("changes"), {
        plan: planOf(statement(RESET.replace("sl_sync", user), user)),
        emptied,
      });
    expect(run("sl_sync")).toEqual({ sql: [RESET], moved: [] });
    expect(run("sl_synca")).toMatchObject({ sql: [] });
    const ending = statement(RESET.replace("EXPIRE NEVER", "EXPIRE INTERVAL 90 DAY"), "sl_sync");
    expect(permitted(bodyOf("changes"), { plan: planOf(ending), emptied })).toMatchObject({ moved: [] });
    expect(permitted(bodyOf("changes", RESET), { plan: planOf(ending) })).toMatchObject({ sql: [] });
    expect(permitted(bodyOf("changes"), { plan: both, emptied })).toMatchObject({ sql: [RESET] });
    expect(permitted(bodyOf("unverified"), { plan: both, emptied })).toMatch(/permits nothing/);
  });
});
