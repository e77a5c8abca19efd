import { defined } from "../../../../core/json";
import { assembleStatements, enforceableRoster, unpermitted } from "../../../../core/mysql";
import { eventKey } from "../../../../core/mysql/defined-objects";
import type { DefinedObject, ObservedAccount } from "../../../../core/mysql/observed-state";
import type { Roster } from "../../../../core/roster/roster";
import { assemble, row, sql } from "../../../support/assemble";
import {
  definedObject,
  observedAccount,
  observedState,
  rosterOf,
  withOptions,
} from "../../../support/observed";

const open = rosterOf({ sl_jane: { orders: "read" } });
const suspended = withOptions(open, "sl_jane", { suspended: true });
const LOCK = "ALTER USER 'sl_jane'@'%' ACCOUNT LOCK";
const UNLOCK = "ALTER USER 'sl_jane'@'%' ACCOUNT UNLOCK";
const now = new Date("2026-11-20T00:00:00Z");

const jane = (overrides: Partial<ObservedAccount> = {}) =>
  observedAccount("sl_jane", { databases: [row("orders", "SELECT")], ...overrides });
const seen = (...accounts: ObservedAccount[]) => observedState(accounts);
const event = (name: string, enabled = true): DefinedObject => ({
  ...definedObject(`EVENT orders.${name}`),
  ...defined({ enabled: enabled || undefined }),
});

describe("a suspended account", () => {
  it("is locked, keeps its grants, and its sessions end; then nothing is to be done", () => {
    const plan = assemble({ roster: suspended, observed: seen(jane()) });
    expect(plan.statements.map(s => s.sql)).toEqual([LOCK]);
    expect(plan.statements[0]!.removes).toBe(true);
    expect(plan.endSessions.map(({ user }) => user)).toEqual(["sl_jane"]);
    expect(sql({ roster: suspended, observed: seen(jane({ locked: true })) })).toEqual([]);
  });

  it("is created locked if it does not exist", () => {
    expect(sql({ roster: suspended, observed: seen() })).toEqual([
      "CREATE USER 'sl_jane'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL ACCOUNT LOCK",
      "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'",
    ]);
  });

  it("is unlocked when it is no longer suspended, after what else changes", () => {
    const databases = [row("orders", "DELETE")];
    const plan = assemble({ roster: open, observed: seen(jane({ locked: true, databases })) });
    expect(plan.statements.map(s => s.sql)).toEqual([
      "REVOKE DELETE ON `orders`.* FROM 'sl_jane'@'%'",
      "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'",
      UNLOCK,
    ]);
    expect(plan.statements.at(-1)!.why).toBe("declared and not suspended, but locked");
  });

  it("stays locked when it is dropped and created again, and is not locked before that", () => {
    const databases = [row("app%", "SELECT"), row("app_prod", "INSERT")];
    const observed = observedState([jane({ databases })], { partialRevokes: false });
    const statements = sql({ roster: suspended, observed });
    expect(statements.slice(0, 2)).toEqual([
      "DROP USER 'sl_jane'@'%'",
      expect.stringMatching(/ ACCOUNT LOCK$/),
    ]);
  });

  it("has no way in by the same name at another host, whatever `unmanaged` says", () => {
    const other = jane({ host: "10.%" });
    const statements = sql({ roster: suspended, observed: seen(jane(), other), unmanaged: "report" });
    expect(statements).toEqual(["ALTER USER 'sl_jane'@'%', 'sl_jane'@'10.%' ACCOUNT LOCK"]);
    const locked = { ...other, locked: true };
    const back = assemble({
      roster: open,
      observed: seen(jane({ locked: true }), locked),
      unmanaged: "report",
    });
    expect(back.statements.map(s => s.sql)).toEqual([UNLOCK]);
    expect(back.notes.join()).toContain("it stays locked, and sl_jane cannot log in from there");
  });

  it("has its events disabled at another host, too, where they are remembered for the return", () => {
    const other = jane({ host: "10.%", definerOf: [event("tick")] });
    const plan = assemble({
      roster: suspended,
      observed: seen(jane({ locked: true }), other),
      unmanaged: "report",
    });
    expect(plan.statements.map(s => s.sql)).toEqual([
      "ALTER USER 'sl_jane'@'10.%' ACCOUNT LOCK",
      "ALTER DEFINER = 'sl_jane'@'10.%' EVENT `orders`.`tick` DISABLE",
    ]);
    expect(plan.disables).toEqual([eventKey(other, event("tick"))]);
  });

  it("is not unlocked where a statement makes the server forget rights of another host", () => {
    const databases = [row("app%", "SELECT"), row("app_prod", "INSERT")];
    const observed = observedState([jane({ locked: true }), jane({ host: "10.%", databases })], {
      partialRevokes: false,
    });
    const statements = sql({ roster: suspended, observed, unmanaged: "remove" });
    expect(statements).toEqual([
      "ALTER USER 'sl_jane'@'10.%' ACCOUNT LOCK",
      "DROP USER 'sl_jane'@'10.%'",
      LOCK,
    ]);
    expect(sql({ roster: open, observed, unmanaged: "remove" }).at(-1)).toBe(UNLOCK);
  });

  it("has its events disabled, and enabled on return", () => {
    const plan = assemble({ roster: suspended, observed: seen(jane({ definerOf: [event("tick")] })) });
    expect(plan.statements.map(s => s.sql)).toEqual([
      LOCK,
      "ALTER DEFINER = 'sl_jane'@'%' EVENT `orders`.`tick` DISABLE",
    ]);
    const key = eventKey(jane(), event("tick"));
    expect(plan.disables).toEqual([key]);
    const off = jane({ locked: true, definerOf: [event("tick", false), event("other", false)] });
    const disabledEvents = new Set([key]);
    expect(sql({ roster: suspended, observed: seen(off), disabledEvents })).toEqual([]);
    expect(sql({ roster: open, observed: seen(off), disabledEvents })).toEqual([
      UNLOCK,
      "ALTER DEFINER = 'sl_jane'@'%' EVENT `orders`.`tick` ENABLE",
    ]);
  });

  it("loses EVENT where events would keep running: without SET_ANY_DEFINER, and beyond 1,000 of them", () => {
    const roster = withOptions(
      rosterOf({ sl_jane: { orders: "r" } }, { r: ["SELECT", "EVENT"] }),
      "sl_jane",
      {
        suspended: true,
      },
    );
    const databases = [row("orders", "SELECT", "EVENT")];
    const revoke = "REVOKE EVENT ON `orders`.* FROM 'sl_jane'@'%'";
    const account = jane({ databases, definerOf: [event("tick")], locked: true });
    const powerless = observedState([account], { setsDefiners: false });
    expect(sql({ roster, observed: powerless })).toEqual([revoke]);
    const definerOf = Array.from({ length: 1_001 }, (_, i) => event(`e${1_000 + i}`));
    const many = sql({ roster, observed: seen({ ...account, definerOf }) });
    expect([many[0], many.length]).toEqual([revoke, 1_001]);
    expect(sql({ roster, observed: seen(account) })).toHaveLength(1);
  });

  it("is named where others use what it holds: as a role, and through its objects", () => {
    const edge = { role: jane(), member: { user: "bob", host: "%" }, adminOption: false };
    const observed = observedState([jane({ definerOf: [definedObject("VIEW orders.v")] })], {
      outside: { grants: [], roles: [edge], proxies: [] },
    });
    const { notes } = assemble({ roster: suspended, observed });
    expect(notes).toEqual([
      "'sl_jane'@'%' is granted as a role to 'bob'@'%'. They keep its privileges although it is locked.",
      "'sl_jane'@'%' is suspended: VIEW orders.v run with its rights as before, for those who may use them.",
    ]);
  });

  it("may be locked, and its events disabled, at apply although the plan did not show it", () => {
    const names = { partialRevokes: true, lowerCaseTableNames: 0 };
    const check = (roster: Roster, statement: string) =>
      unpermitted({ shown: [], roster, now, names })(statement);
    const disable = "ALTER DEFINER = 'sl_jane'@'%' EVENT `orders`.`tick` DISABLE";
    for (const statement of [LOCK, disable]) {
      expect(check(suspended, statement)).toEqual([]);
      expect(check(open, statement)).toHaveLength(1);
    }
    expect(check(suspended, "DROP USER 'sl_jane'@'%'")).toHaveLength(1);
    expect(check(suspended, UNLOCK)).toHaveLength(1);
  });
});

describe("while an apply is half done, the lock stays as it is found", () => {
  const plan = (target: Roster, applied: Roster | undefined, locked: boolean) => {
    const observed = seen(jane({ locked }));
    const { roster } = enforceableRoster({ target, applied, observed, now });
    const request = { prefix: "sl", unmanaged: "report", definers: "block", onlyCreate: false } as const;
    return assembleStatements({ roster, observed, now, previouslyDeclared: [], ...request }).statements.map(
      s => s.sql,
    );
  };
  const copy = (roster: Roster): Roster => ({ ...roster });

  it.each([
    ["to suspend it", suspended, open],
    ["to let it in again", open, suspended],
    ["that knows it first", open, undefined],
    ["to remove it", rosterOf({}), open],
  ])("an apply %s", (_, target, applied) => {
    expect([plan(target, applied, true), plan(target, applied, false)]).toEqual([[], []]);
  });

  it("where both rosters say the same, that counts", () => {
    expect([plan(copy(suspended), suspended, false), plan(copy(suspended), suspended, true)]).toEqual([
      [LOCK],
      [],
    ]);
    expect([plan(copy(open), open, true), plan(copy(open), open, false)]).toEqual([[UNLOCK], []]);
  });

  it("without the right to give, nothing unlocks it", () => {
    const observed = seen(jane({ locked: true }));
    const { roster } = enforceableRoster({ target: open, applied: open, observed, now, mayGive: false });
    expect(sql({ roster, observed })).not.toContain(UNLOCK);
  });
});
