import {
  NEVER_GRANTED,
  NOT_ON_AURORA,
  SERVER_PRIVILEGES,
} from "../../../../core/catalogue/server-privileges";
import {
  assembleStatements,
  effectsOf,
  enforceableRoster,
  expiredAccounts,
  namedRoles,
  type ObservedAccount,
  unpermitted,
} from "../../../../core/mysql";
import { patternsOverlap } from "../../../../core/mysql/database-name";
import { ceilingViolations, DEFAULT_CEILING } from "../../../../core/roster/ceiling";
import { nativeRole, objectKey, parseObjectKey } from "../../../../core/roster/granted-object";
import { databasesOf, type Roster } from "../../../../core/roster/roster";
import { withinCeiling } from "../../../../core/source";
import { observedAccount, observedState, rosterOf, withObjects } from "../../../support/observed";

const now = new Date("2026-11-20T00:00:00Z");
const PAST = "2026-11-19T00:00:00Z";
const names = { partialRevokes: false, lowerCaseTableNames: 0 };
const PROCESS = "PROCESS ON *.*";
const ROLE = "ROLE `r`";
const PATTERN = "PATTERN `t_%`";
type Keys = Parameters<typeof withObjects>[1][string];
const roster = (objects: Keys, databases: Record<string, string> = {}): Roster =>
  withObjects(rosterOf({ sl_a: databases }), { sl_a: objects });
const all = (grant: { expires?: string } = {}): Keys => ({
  [PROCESS]: { role: PROCESS, ...grant },
  [ROLE]: { role: ROLE, ...grant },
  [PATTERN]: { role: "read", ...grant },
});
const role = (user: string, adminOption = false) => ({ user, host: "%", adminOption });
const holdsAll: Partial<ObservedAccount> = {
  globalPrivileges: ["PROCESS"],
  roles: [role("r")],
  defaultRoles: [{ user: "r", host: "%" }],
  databases: [{ name: "t_%", privileges: ["SELECT"], grantOption: false }],
};
const state = (account: Partial<ObservedAccount>, overrides = {}) =>
  observedState([observedAccount("sl_a", account)], { ...names, ...overrides });
const planOf = (to: Roster, observed = state({}), grantable = ["PROCESS", "SELECT"]) =>
  assembleStatements({
    roster: to,
    observed,
    now,
    prefix: "sl",
    unmanaged: "report",
    definers: "block",
    previouslyDeclared: [],
    onlyCreate: false,
    administrator: { grantable, restrictions: [], revokesRestricted: true, revokesProxies: false },
  });
const sqlOf = (...args: Parameters<typeof planOf>) => planOf(...args).statements.map(({ sql }) => sql);

describe("the names of what is of the whole server", () => {
  it.each([PROCESS, "SHOW_ROUTINE ON *.*", "ROLE `a``b`", "PATTERN `a\\_%`"])(
    "%s is read as it is written",
    key => {
      expect(objectKey(parseObjectKey(key)!)).toBe(key);
    },
  );

  it.each([
    "process ON *.*",
    "PROCESS  ON *.*",
    "PROCESS ON `a`.*",
    "X; DROP ON *.*",
    "ROLE `a`@`%`",
    "ROLE ``",
    "PATTERN x",
  ])("%s is none", key => expect(parseObjectKey(key)).toBeUndefined());

  it("are no databases, and roles are named once", () => {
    expect(databasesOf(roster(all(), { orders: "read" }))).toEqual(["orders"]);
    expect(namedRoles([roster(all()), undefined, roster(all())])).toEqual(["r"]);
  });
});

describe("global privileges, native roles and patterns", () => {
  it("are given to a new account, and each statement has its effects", () => {
    const sql = sqlOf(roster(all()), observedState([], names));
    expect(sql.slice(1)).toEqual([
      "GRANT 'r'@'%' TO 'sl_a'@'%'",
      "GRANT PROCESS ON *.* TO 'sl_a'@'%'",
      "GRANT SELECT ON `t_%`.* TO 'sl_a'@'%'",
      "SET DEFAULT ROLE 'r'@'%' TO 'sl_a'@'%'",
    ]);
    expect(sql.slice(1).flatMap(effectsOf as (text: string) => string[])).toEqual([
      "grant-role|'sl_a'@'%'|'r'@'%'",
      "grant|'sl_a'@'%'|*.*|PROCESS",
      "grant|'sl_a'@'%'|`t_%`.*|SELECT",
      "default-role|'sl_a'@'%'|'r'@'%'",
    ]);
  });

  it("that are right are not touched", () => {
    expect(sqlOf(roster(all()), state(holdsAll))).toEqual([]);
  });

  it("keep mandatory roles among the default roles", () => {
    const everyone = { user: "everyone", host: "%" };
    const observed = state(
      { ...holdsAll, defaultRoles: [everyone] },
      { mandatoryRoles: [everyone], revocableRoles: "all" },
    );
    expect(sqlOf(roster(all()), observed)).toEqual([
      "SET DEFAULT ROLE 'everyone'@'%', 'r'@'%' TO 'sl_a'@'%'",
    ]);
  });

  it("that ended go, without having been shown; what holds stays a matter of the plan", () => {
    const to = roster(all({ expires: PAST }), { orders: "read" });
    const held = state({
      ...holdsAll,
      databases: [...holdsAll.databases!, { name: "orders", privileges: ["SELECT"], grantOption: false }],
    });
    const sql = sqlOf(to, held);
    expect(sql).toEqual([
      "REVOKE 'r'@'%' FROM 'sl_a'@'%'",
      "REVOKE PROCESS ON *.* FROM 'sl_a'@'%'",
      "REVOKE SELECT ON `t_%`.* FROM 'sl_a'@'%'",
    ]);
    const unshown = (one: Roster) => sql.flatMap(unpermitted({ shown: [], roster: one, now, names }));
    expect(unshown(to)).toEqual([]);
    expect(unshown(roster(all(), { orders: "read" }))).toHaveLength(3);
    expect([...expiredAccounts(to, held, now)]).toEqual(["sl_a"]);
    expect([...expiredAccounts(to, state({ databases: held.accounts[0]!.databases.slice(1) }), now)]).toEqual(
      [],
    );
  });

  it.each([PROCESS, ROLE, PATTERN])("%s alone that ended is found", key => {
    const to = roster({ [key]: { role: "read", expires: PAST } }, { orders: "read" });
    expect([...expiredAccounts(to, state(holdsAll), now)]).toEqual(["sl_a"]);
    expect([...expiredAccounts(to, state({}), now)]).toEqual([]);
  });

  it("are enforced where both rosters have them, and stay as found where one has them", () => {
    const between = (target: Roster, applied: Roster, account: Partial<ObservedAccount>) =>
      Object.keys(
        enforceableRoster({ target, applied, observed: state(account), now }).roster.accounts["sl_a"]!
          .objects ?? {},
      ).sort();
    const [has, hasNot] = [roster(all(), { orders: "read" }), roster({}, { orders: "read" })];
    const keys = Object.keys(all()).sort();
    expect(between(has, roster(all(), { orders: "read" }), {})).toEqual(keys);
    expect(between(has, hasNot, {})).toEqual([]);
    expect(between(has, hasNot, holdsAll)).toEqual(keys);
    expect(between(hasNot, has, holdsAll)).toEqual(keys);
    expect(between(hasNot, has, {})).toEqual([]);
  });

  it("are said in a sentence if the server or the administrator cannot give them", () => {
    const problems = (
      observed: ReturnType<typeof state>,
      to = roster(all()),
      grantable = ["PROCESS", "SELECT"],
    ) => planOf(to, observed, grantable).problems;
    expect(problems(state({}, { nativeRoles: [] }))).toEqual([
      "There is no native role 'r'@'%' on this server, which is declared for 'sl_a'@'%': create it by hand, or leave it out.",
    ]);
    expect(problems(state({}, { nativeRoles: ["r"], revocableRoles: [] }))).toEqual([
      "The administrator 'admin'@'%' has neither ROLE_ADMIN nor ADMIN OPTION of the role 'r'@'%' and cannot give it to 'sl_a'@'%'.",
    ]);
    expect(problems(state({}), roster(all()), ["SELECT"])).toEqual([
      "The administrator 'admin'@'%' lacks PROCESS on the whole server with GRANT OPTION and cannot give it to 'sl_a'@'%'.",
    ]);
    expect(problems(state({}, { partialRevokes: true }))).toEqual([
      "'sl_a'@'%': this server reads database names in grants literally (`partial_revokes` is ON), so the pattern `t_%` would give nothing: name the databases.",
    ]);
    expect(problems(state({}), roster(all(), { tXy: "read" }))).toEqual([
      "'sl_a'@'%': the grants on `t_%` and `tXy` overlap, and MySQL applies only one of them to a database: change the pattern, or leave one of the two out.",
    ]);
  });

  it("do not hold up other ends of an account that a dead apply left with a pattern and a name", () => {
    const rows = ["orders", "tXy", "t_%"];
    const observed = state({
      databases: rows.map(name => ({ name, privileges: ["SELECT"], grantOption: false })),
    });
    const ending = (to: Roster): Roster => {
      const account = to.accounts["sl_a"]!;
      const databases = { ...account.databases, orders: { role: "read", expires: PAST } };
      return { ...to, accounts: { sl_a: { ...account, databases } } };
    };
    const applied = ending(roster({ [PATTERN]: { role: "read" } }));
    const target = ending(roster({}, { tXy: "read" }));
    const plan = planOf(enforceableRoster({ target, applied, observed, now }).roster, observed);
    expect(plan.problems).toEqual([]);
    expect(plan.statements.map(({ sql }) => sql)).toEqual(["REVOKE SELECT ON `orders`.* FROM 'sl_a'@'%'"]);
  });
});

describe("GRANT OPTION", () => {
  const row = (grantOption: boolean) => ({
    databases: [{ name: "orders", privileges: ["SELECT"], grantOption }],
  });
  const declared = (grantOption: boolean, privileges?: ["SELECT"]): Roster => {
    const { accounts, roles } = rosterOf({ sl_a: {} });
    const grant = {
      role: "read",
      ...(privileges && { privileges }),
      ...(grantOption && { grantOption: true as const }),
    };
    return { roles, accounts: { sl_a: { ...accounts["sl_a"]!, databases: { orders: grant } } } };
  };

  it("is given, left and taken by what is declared", () => {
    expect(sqlOf(declared(true), state(row(false)))).toEqual([
      "GRANT GRANT OPTION ON `orders`.* TO 'sl_a'@'%'",
    ]);
    expect(sqlOf(declared(true), state(row(true)))).toEqual([]);
    expect(planOf(declared(true), state(row(true))).handsOn).toEqual([]);
    expect(sqlOf(declared(false), state(row(true)))).toEqual([
      "REVOKE GRANT OPTION ON `orders`.* FROM 'sl_a'@'%'",
    ]);
  });

  it("is not taken from an account that a run only looks at for it, where it is declared", () => {
    const only = (to: Roster) =>
      assembleStatements({
        roster: to,
        observed: state(row(true)),
        now,
        prefix: "sl",
        unmanaged: "report",
        definers: "block",
        previouslyDeclared: [],
        onlyCreate: false,
        onlyUsers: () => false,
        grantOptionsOf: () => true,
      }).statements.length;
    expect([only(declared(true)), only(declared(false))]).toEqual([0, 1]);
  });

  it("is enforced where both rosters have it", () => {
    const between = (target: Roster, applied: Roster, found: boolean) =>
      enforceableRoster({ target, applied, observed: state(row(found)), now }).roster.accounts["sl_a"]!
        .databases["orders"];
    const [yes, no] = [declared(true), declared(false)];
    expect(between(yes, declared(true), false)).toMatchObject({ grantOption: true });
    expect(between(yes, no, false)).not.toHaveProperty("grantOption");
    expect(between(no, yes, true)).toMatchObject({ grantOption: true, privileges: ["SELECT"] });
  });
});

describe("a ceiling", () => {
  const violations = (to: Roster, ceiling: object = {}) =>
    ceilingViolations(to, { ...DEFAULT_CEILING, ...ceiling }, { prefix: "sl" }).map(({ message }) => message);

  it("allows none of it by default, and never some", () => {
    expect(violations(roster(all()))).toHaveLength(2);
    const open = { global: SERVER_PRIVILEGES, nativeRoles: ["r", "rds_superuser_role", "sl_b", "root"] };
    expect(violations(roster(all()), open)).toEqual([]);
    for (const name of [...NEVER_GRANTED, ...NOT_ON_AURORA, "SELECT", "ALL"])
      expect([name, violations(roster({ [`${name} ON *.*`]: name }), { global: [name] })]).toEqual([
        name,
        ["is no global privilege that is ever granted"],
      ]);
    for (const name of ["rds_superuser_role", "sl_b", "root"])
      expect(violations(roster({ [objectKey(nativeRole(name))]: name }), open)).toEqual([
        expect.stringContaining("which is never granted as a role"),
      ]);
    expect(violations(roster({ "PATTERN `performance\\_%`": "read" }))).toEqual([
      expect.stringContaining("reaches one of the server's own databases"),
    ]);
  });

  it("that is lowered takes what it no longer allows, and nothing else", () => {
    const to = roster({ ...all(), "`orders`.`t`": "read", "RELOAD ON *.*": "x" });
    const kept = withinCeiling(to, { ceiling: { ...DEFAULT_CEILING, global: ["PROCESS"] }, prefix: "sl" });
    expect(Object.keys(kept.accounts["sl_a"]!.objects!)).toEqual([PROCESS, PATTERN, "`orders`.`t`"]);
    const low = { ceiling: { privileges: ["INSERT"] as const }, prefix: "sl" };
    expect(withinCeiling(roster({ "`orders`.`t`": "read" }), low).accounts).toEqual({});
  });
});

describe("patterns overlap", () => {
  it.each([
    ["t_%", "t_%", true],
    ["t_%", "tXy", true],
    ["t\\_%", "tXy", false],
    ["t\\_%", "t\\_1", true],
    ["a%", "%b", true],
    ["a%c", "b%", false],
    ["a_", "a", false],
    ["a_", "ab%", true],
    ["%a%", "bb", false],
    ["%a%", "b_a", true],
    ["", "%", true],
    ["a\\%", "a%", true],
    ["a\\%", "ab", false],
  ])("%s and %s: %s", (a, b, expected) => {
    expect([patternsOverlap(a, b), patternsOverlap(b, a)]).toEqual([expected, expected]);
  });
});
