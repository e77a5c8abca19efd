import { permittedPlan } from "../../../../core/decisions/permitted-plan";
import { assembleStatements, type ObservedAccount } from "../../../../core/mysql";
import { narrowedAccounts } from "../../../../core/mysql/sessions/narrowed-accounts";
import { sessionNotes } from "../../../../core/mysql/sessions/session-notes";
import type { OpenSession } from "../../../../core/mysql/shut-out-sessions";
import type { Roster } from "../../../../core/roster/roster";
import { sessionsToEnd } from "../../../../lambdas/reconciler/execute/sessions-to-end";
import { endSessions } from "../../../../lambdas/reconciler/mysql/end-sessions";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { DatabaseError } from "../../../../lambdas/reconciler/runtime/errors";
import { deadlineOf } from "../../../../lambdas/runtime/deadline";
import { observedAccount, observedState, rosterOf, withObjects } from "../../../support/observed";

const NOW = new Date("2026-11-20T00:00:00Z");
const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });
const holding = (user: string, more: Partial<ObservedAccount> = {}) =>
  observedAccount(user, { databases: [row("orders", "SELECT", "DELETE")], ...more });
const reads = (...users: string[]): Roster =>
  rosterOf(Object.fromEntries(users.map(user => [user, { orders: "read" }])));
const planOf = (roster: Roster, accounts: readonly ObservedAccount[], partialRevokes = true) => {
  const observed = observedState(accounts, { partialRevokes });
  const rules = {
    prefix: "sl",
    unmanaged: "report",
    definers: "block",
    onlyCreate: false,
  } as const;
  const plan = assembleStatements({ roster, observed, now: NOW, previouslyDeclared: ["sl_eve"], ...rules });
  return { plan, observed };
};
const narrowedIn = (roster: Roster, accounts: readonly ObservedAccount[], partialRevokes = true) => {
  const { plan, observed } = planOf(roster, accounts, partialRevokes);
  return narrowedAccounts(plan, observed);
};

describe("what a session goes on with", () => {
  it("is what was taken on the database that it uses", () => {
    const { survivesIn } = narrowedIn(reads("sl_a"), [holding("sl_a")]).get("sl_a")!;
    expect([survivesIn({ database: "orders" }), survivesIn({ database: "Orders" }), survivesIn({})]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("follows how grants spell names, and patterns", () => {
    const account = holding("sl_a", { databases: [row("orders", "SELECT"), row("app\\_%", "DELETE")] });
    const { survivesIn } = narrowedIn(reads("sl_a"), [account], false).get("sl_a")!;
    const uses = ["app_1", "appX1", "orders"].map(database => survivesIn({ database }));
    expect(uses).toEqual([true, false, false]);
  });

  it.each<[string, Partial<ObservedAccount>]>([
    ["a global privilege", { globalPrivileges: ["PROCESS"] }],
    ["a dynamic privilege", { dynamicPrivileges: [{ name: "BACKUP_ADMIN", grantOption: false }] }],
    ["a role", { roles: [{ user: "r", host: "%", adminOption: false }] }],
  ])("is %s, wherever it is", (_what, more) => {
    const account = holding("sl_a", { databases: [row("orders", "SELECT")], ...more });
    expect(narrowedIn(reads("sl_a"), [account]).get("sl_a")!.survivesIn({})).toBe(true);
  });

  it("is a table that it keeps open, or may", () => {
    const table = {
      database: "a|'b",
      table: "t`|x",
      privileges: ["SELECT"],
      grantOption: false,
      columns: [],
    };
    const account = holding("sl_a", { databases: [row("orders", "SELECT")], tables: [table] });
    const { survivesIn, takes } = narrowedIn(reads("sl_a"), [account]).get("sl_a")!;
    const own = { database: "a|'b", name: "t`|x" };
    const other = { ...own, name: "t" };
    expect([own, other].map(one => takes?.(one))).toEqual([true, false]);
    expect([undefined, [], [own], [other]].map(openTables => survivesIn({ openTables }))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it("is a table that it keeps open in a database that it may not read any more, whichever it uses", () => {
    const account = (...privileges: string[]) =>
      holding("sl_a", { databases: [row("orders", "SELECT"), row("pay\\_%", ...privileges)] });
    const survives = (...privileges: string[]) => {
      const { survivesIn } = narrowedIn(reads("sl_a"), [account(...privileges)], false).get("sl_a")!;
      return [undefined, [], ["pay_1"], ["payX1"]].map(databases =>
        survivesIn({
          database: "orders",
          openTables: databases?.map(database => ({ database, name: "t" })),
        }),
      );
    };
    expect(survives("INSERT", "SELECT")).toEqual([true, false, true, false]);
    // HANDLER only reads.
    expect(survives("INSERT")).toEqual([false, false, false, false]);
  });

  it.each<[string, Partial<ObservedAccount>]>([
    ["has another login", { plugin: "mysql_native_password" }],
    ["needs a certificate", { tls: "" }],
  ])("does not matter for an account that also %s", (_what, more) => {
    expect(narrowedIn(reads("sl_a"), [holding("sl_a", more)]).size).toBe(0);
  });

  it("does not matter for one that is gone or has an account at another host that goes", () => {
    expect([...narrowedIn(reads("sl_a"), [holding("sl_a"), holding("sl_eve")]).keys()]).toEqual(["sl_a"]);
  });
});

it("an account that gets a native role as well is narrowed: a role that is given changes no login", () => {
  const roster = withObjects(reads("sl_a"), { sl_a: { "ROLE `reporting`": "native" } });
  const { observed, plan } = planOf(roster, [holding("sl_a")]);
  const sql = plan.statements.map(one => one.sql).join("\n");
  expect(sql).toMatch(/REVOKE DELETE .*GRANT 'reporting'.*SET DEFAULT ROLE/s);
  expect([...narrowedAccounts(plan, observed).keys()]).toEqual(["sl_a"]);
});

describe("an account that gets another host", () => {
  const elsewhere = (...databases: string[]) =>
    holding("sl_a", { host: "10.%", databases: ["orders", ...databases].map(name => row(name, "SELECT")) });
  const accounts = [elsewhere("payroll")];

  it("is not narrowed: its sessions end", () => {
    const { observed, plan } = planOf(reads("sl_a"), accounts);
    expect(plan.statements.map(({ sql }) => sql)).toContain("RENAME USER 'sl_a'@'10.%' TO 'sl_a'@'%'");
    expect(plan.endSessions.map(({ user }) => user)).toEqual(["sl_a"]);
    expect(narrowedAccounts(plan, observed).size).toBe(0);
  });

  it("loses them too if it changed since the plan, so that only the shown revocations run", () => {
    const shown = planOf(reads("sl_a"), accounts).plan.statements.map(({ sql }) => sql);
    const { observed, plan } = planOf(reads("sl_a"), [elsewhere("hr", "payroll")]);
    const statements = Object.fromEntries(shown.map((sql, i) => [`000${i}`, sql]));
    const permitted = permittedPlan({
      id: "cs-1",
      body: { status: "changes", statements, notes: [], plannedAt: "", plannedBy: "" },
      isSpent: false,
      isSuperseded: false,
      plan,
      roster: reads("sl_a"),
      names: observed,
      now: NOW,
    });
    if ("refusal" in permitted) throw new Error(permitted.refusal);
    const revoke = "REVOKE SELECT ON `payroll`.* FROM 'sl_a'@'10.%'";
    expect(permitted.plan.statements.map(({ sql }) => sql)).toEqual([revoke]);
    expect(permitted.plan.endSessions).toMatchObject([{ user: "sl_a", host: "10.%" }]);
    const { survivesIn } = narrowedAccounts(permitted.plan, observed).get("sl_a")!;
    expect(survivesIn({ database: "payroll" })).toBe(true);
  });

  it("is not narrowed by statements that take nothing", () => {
    const a = { user: "sl_a", host: "%" };
    const sql = "GRANT SELECT ON `orders`.* TO 'sl_a'@'%'";
    const one = { sql, each: [sql], accounts: [a], why: "", removes: false, isNeeded: false };
    expect(narrowedAccounts({ endSessions: [a], statements: [one] }, observedState([])).size).toBe(0);
  });
});

describe("whose sessions end", () => {
  const roster = (kind: "person" | "service"): Roster => ({
    ...reads("sl_a"),
    accounts: { sl_a: { ...reads("sl_a").accounts["sl_a"]!, kind } },
  });
  const named = (kind: "person" | "service", terminateSessions?: false, earlier: string[] = []) => {
    const { observed, plan } = planOf(roster(kind), [holding("sl_a"), holding("sl_eve")]);
    const list = earlier.map(user => ({ user, host: "%" }));
    const facts = { plan, observation: { observed }, rosters: [roster(kind)], now: NOW, earlier: list };
    const { accounts, kept, services } = sessionsToEnd({ terminateSessions }, facts);
    return [accounts.map(({ user }) => user).sort(), [...services.keys()], [...kept.keys()]];
  };

  it("all, those of services with care; or without those of accounts that only have less", () => {
    expect(named("person")).toEqual([["sl_a", "sl_eve"], [], []]);
    expect(named("service")).toEqual([["sl_a", "sl_eve"], ["sl_a"], []]);
    expect(named("service", false)).toEqual([["sl_eve"], [], ["sl_a"]]);
  });

  it("all of one that an earlier run left, since nobody knows what it took", () => {
    expect(named("service", undefined, ["sl_a"])).toEqual([["sl_a", "sl_a", "sl_eve"], [], []]);
    expect(named("person", false, ["sl_a"])).toEqual([["sl_a", "sl_a", "sl_eve"], [], []]);
  });

  it("at once if what is taken has expired", () => {
    const expires = "2026-11-19T00:00:00Z";
    const account = {
      ...roster("service").accounts["sl_a"]!,
      databases: { orders: { role: "read" }, x: { role: "read", expires } },
    };
    const over: Roster = { ...roster("service"), accounts: { sl_a: account } };
    const { observed, plan } = planOf(over, [
      holding("sl_a", { databases: [row("orders", "SELECT"), row("x", "SELECT")] }),
    ]);
    const facts = { plan, observation: { observed }, rosters: [over], now: NOW, earlier: [] };
    expect(sessionsToEnd({}, facts).services.size).toBe(0);
    expect(sessionsToEnd({ terminateSessions: false }, facts).accounts).toMatchObject([{ user: "sl_a" }]);
  });

  it("is in the plan, with how many are open, if that is known", () => {
    const note = (counts: ReadonlyMap<string, number> | undefined, lacks: string[] = []) => {
      const { observed, plan } = planOf(reads("sl_a"), [holding("sl_a"), holding("sl_eve")]);
      const blind = lacks.map(privilege => ({ privilege, on: "*.*", purpose: "", showsDefiners: false }));
      const seen = { ...observed, lacks: blind };
      return sessionNotes({ entry: {}, plan, roster: reads("sl_a"), observed: seen, now: NOW, counts });
    };
    const said = "Sessions end on each instance; open on the writer when planned: ";
    expect(note(new Map([["sl_a", 2]]))).toEqual([`${said}sl_a (2 open), sl_eve (0 open).`]);
    const unknown = [`${said}sl_a, sl_eve. How many are open is not known.`];
    expect([note(undefined), note(new Map(), ["PROCESS"])]).toEqual([unknown, unknown]);
  });
});

describe("a service's session that cannot be killed", () => {
  it("holds up no other, and is named", async () => {
    const sessions: OpenSession[] = [1, 2, 3].map(connection => ({ connection, user: "sl_a", client: "x" }));
    const killed: number[] = [];
    const server = (isBusy: (id: number) => boolean): MySqlSession => ({
      id: 99,
      server: "a-1",
      user: "admin",
      queryAll: () => Promise.reject(new Error("not asked")),
      close: async () => {},
      destroy: () => {},
      query: async sql => {
        const id = Number(/^KILL CONNECTION (\d+)/.exec(sql)?.[1]);
        if (id === 2) throw new DatabaseError(2_094, "ER_ANY", "this one must stay");
        if (id) killed.push(id);
        if (sql.startsWith("SHOW GLOBAL STATUS")) return [{ Value: "0" }];
        const own = { id: 99, user: "admin", client: "x", db: null, idle: 0 };
        const open = sessions.filter(({ connection }) => !killed.includes(connection));
        if (/processlist/i.test(sql))
          return [
            own,
            ...open.map(({ connection }) => ({
              id: connection,
              user: "sl_a",
              client: "x",
              db: null,
              idle: isBusy(connection) ? 0 : 1,
            })),
          ];
        return [{ user: "sl_a", host: "%", locked: "N" }];
      },
    });
    const busy = server(id => id === 3);
    const narrowing = { survivesIn: () => true };
    const ending = {
      names: { prefix: "sl" },
      another: async () => busy,
      deadline: deadlineOf(() => 60_000, 0),
      services: new Map([["sl_a", narrowing]]),
      graceMs: 700,
    };
    const began = Date.now();
    const report = await endSessions(busy, [{ user: "sl_a", host: "%" }], ending);
    expect(report).toMatchObject({
      ended: 2,
      remaining: [{ connection: 2, reason: expect.stringContaining("this one must stay") }],
    });
    expect(killed).toEqual([1, 3]);
    expect(Date.now() - began).toBeGreaterThan(650);
  });
});
