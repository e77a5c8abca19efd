import { isEnforcementDue } from "../../../../../core/decisions/is-enforcement-due";
import { enforceableRoster } from "../../../../../core/mysql";
import type { ObservedAccount } from "../../../../../core/mysql/observed-state";
import type { KnownPassword } from "../../../../../core/mysql/password-login";
import { impersonal } from "../../../../../core/roster/impersonal";
import type { Roster, RosterAccount } from "../../../../../core/roster/roster";
import { assemble, row } from "../../../../support/assemble";
import { NO_LIMITS, observedAccount, observedState } from "../../../../support/observed";
import { NOW, settledOn } from "../../decisions/known";

const ACCOUNT = "'sl_sync'@'%'";
const BY = "IDENTIFIED WITH caching_sha2_password BY <password from Secrets Manager>";
const DISCARD = `ALTER USER ${ACCOUNT} DISCARD OLD PASSWORD`;
const roster = (more: Partial<RosterAccount> = {}): Roster => ({
  roles: { read: ["SELECT"] },
  accounts: {
    sl_sync: {
      kind: "service",
      user: "sync",
      login: "password",
      databases: { orders: { role: "read" } },
      ...more,
    },
  },
});
const byToken = roster({ login: undefined });
const byPassword = (more: Partial<ObservedAccount> = {}) =>
  observedAccount("sl_sync", {
    plugin: "caching_sha2_password",
    authenticationString: "$A$005$x",
    passwordChanged: 100,
    passwordLifetime: 0,
    databases: [row("orders", "SELECT")],
    ...more,
  });
const plan = (account: ObservedAccount, known: Partial<KnownPassword> | undefined, wanted = roster()) =>
  assemble({
    roster: wanted,
    observed: observedState([account]),
    now: NOW,
    passwords: new Map(known ? [[ACCOUNT, { changed: 100, ...known }]] : []),
  });
const sql = (...said: Parameters<typeof plan>) => plan(...said).statements.map(one => one.sql);
const at = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000).toISOString();
const isReset = [expect.stringContaining(`ALTER USER ${ACCOUNT} ${BY} REQUIRE SSL WITH `)];

describe("an account with a password", () => {
  it("is left alone while it has the password that was set last", () => {
    expect(sql(byPassword(), {})).toEqual([]);
  });

  it.each<[string, Partial<ObservedAccount>, Partial<KnownPassword> | undefined]>([
    ["was changed since", { passwordChanged: 101 }, {}],
    ["is not known", {}, undefined],
    ["ends by itself", { passwordLifetime: 90 }, {}],
    ["ends by the server's default", { passwordLifetime: undefined }, {}],
    ["was expired", { passwordExpired: true }, {}],
    ["is of another plugin", { plugin: "mysql_native_password" }, {}],
  ])("gets that of its secret if its own %s, and its sessions end", (_, found, known) => {
    const { endSessions } = plan(byPassword(found), known);
    expect(sql(byPassword(found), known)).toEqual(isReset);
    expect(endSessions).toHaveLength(1);
  });

  it("ends when its roster says, and is set again where that differs: its time begins then", () => {
    const wanted = roster({ password: { expiresAfterDays: 90 } });
    const changed = NOW.getTime() / 1_000;
    const ends = (passwordLifetime: number | undefined, said = wanted) =>
      sql(byPassword({ passwordLifetime, passwordChanged: changed }), { changed }, said);
    expect(ends(90)).toEqual([]);
    for (const days of [0, 30, undefined])
      expect(ends(days)).toEqual([
        expect.stringMatching(
          /PASSWORD EXPIRE INTERVAL 90 DAY PASSWORD HISTORY 0 PASSWORD REUSE INTERVAL 0 DAY$/,
        ),
      ]);
    expect(sql(byPassword({ passwordLifetime: 90, passwordExpired: true }), {}, wanted)).toHaveLength(1);
    expect(ends(90, roster({ password: { expiresAfterDays: 0 } }))).toEqual([
      expect.stringContaining("PASSWORD EXPIRE NEVER"),
    ]);
    expect(ends(0, roster({ login: undefined, password: { expiresAfterDays: 90 } }))).toEqual([
      expect.not.stringContaining("EXPIRE"),
    ]);
  });

  it("keeps its second password as long as a rotation says, and loses it without the end of sessions", () => {
    const second = byPassword({ secondPassword: true });
    expect(sql(second, { rotatingSince: at(-23) })).toEqual([]);
    expect(sql(second, { oldUntil: at(1) })).toEqual([]);
    expect(sql(second, { oldUntil: at(0) })).toEqual([DISCARD]);
    expect(plan(second, { oldUntil: at(-1) })).toMatchObject({ endSessions: [] });
    expect(sql(second, {})).toEqual([DISCARD]);
    expect(plan(second, {}).endSessions).toHaveLength(1);
  });

  it("gets that of its secret again, and loses the second one, if a rotation never came to its end", () => {
    const second = byPassword({ secondPassword: true });
    const both = [...isReset, DISCARD];
    expect(sql(second, { rotatingSince: at(-48) })).toEqual(both);
    const long = { rotatingSince: at(-48), rotatingUntil: at(1) };
    expect(sql(second, long)).toEqual([]);
    expect(sql(second, { ...long, rotatingUntil: at(0) })).toEqual(both);
    // Without a second password the rotation has done nothing yet.
    expect(sql(byPassword(), { rotatingSince: at(-48) })).toEqual([]);
  });

  it("keeps the time of its old password while a further rotation has not set one", () => {
    const second = byPassword({ secondPassword: true });
    const again = { rotatingSince: at(-0.5), rotatingUntil: at(23.5) };
    expect(sql(second, { ...again, oldUntil: at(1) })).toEqual([]);
    expect(sql(second, { ...again, oldUntil: at(-1) })).toEqual([DISCARD]);
    expect(sql({ ...second, passwordChanged: 101 }, { ...again, oldUntil: at(-1) })).toEqual([]);
  });

  it("is left alone for an hour while a rotation sets its password", () => {
    const changed = byPassword({ passwordChanged: 105, secondPassword: true });
    expect(sql(changed, { rotatingSince: at(-0.9) })).toEqual([]);
    expect(sql(changed, { rotatingSince: at(-1.1) })).toEqual(isReset);
  });

  it("loses a second password only once its own is set again, and never without that", () => {
    const found = byPassword({ passwordChanged: 7, secondPassword: true });
    for (const known of [{}, { oldUntil: at(-1) }, undefined]) {
      const { statements } = plan(found, known);
      expect(statements.map(one => one.sql)).toEqual([...isReset, DISCARD]);
      expect(statements.map(({ removes }) => removes)).toEqual([true, false]);
    }
  });

  it("keeps its password where only limits or TLS differ", () => {
    const limits = { ...NO_LIMITS, connections: 3 };
    expect(sql(byPassword({ limits }), {})).toEqual([`ALTER USER ${ACCOUNT} WITH MAX_USER_CONNECTIONS 0`]);
    expect(sql(byPassword({ tls: "" }), {})).toEqual([`ALTER USER ${ACCOUNT} REQUIRE SSL`]);
  });

  it("needs no IAM logins on the cluster", () => {
    const observed = observedState([byPassword()], { iamLogins: false });
    expect(assemble({ roster: roster(), observed, now: NOW }).problems).toEqual([]);
    expect(assemble({ roster: byToken, observed, now: NOW }).problems).toHaveLength(1);
  });
});

describe("enforcement, where the rosters differ about the login", () => {
  const enforceable = (target: Roster, applied: Roster, found: ObservedAccount) =>
    enforceableRoster({ target, applied, observed: observedState([found]), now: NOW }).roster;

  it("leaves the one that is there, with its password", () => {
    const token = observedAccount("sl_sync", { databases: [row("orders", "SELECT")] });
    for (const [target, applied] of [
      [roster(), byToken],
      [byToken, roster()],
    ] as const) {
      expect(sql(byPassword({ passwordChanged: 7 }), {}, enforceable(target, applied, byPassword()))).toEqual(
        [],
      );
      expect(sql(token, {}, enforceable(target, applied, token))).toEqual([]);
    }
  });

  it("leaves the end of the password as it is found", () => {
    const [long, short] = [90, 30].map(expiresAfterDays => roster({ password: { expiresAfterDays } }));
    for (const found of [byPassword({ passwordLifetime: 90 }), byPassword()])
      expect(sql(found, {}, enforceable(long!, short!, found))).toEqual([]);
    const agreed = enforceable(long!, long!, byPassword());
    expect(sql(byPassword(), {}, agreed)).toEqual([expect.stringContaining("INTERVAL 90 DAY")]);
    expect(impersonal(long!).accounts["sl_sync"]).toMatchObject({ password: { expiresAfterDays: 90 } });
  });

  it("gives a password to nobody who has none by either roster", () => {
    const made = enforceable(byToken, byToken, byPassword());
    expect(sql(byPassword(), {}, made)).toEqual([expect.stringContaining("AWSAuthenticationPlugin")]);
    expect(impersonal(roster()).accounts["sl_sync"]).toMatchObject({ login: "password" });
  });
});

describe("a paused cluster", () => {
  it("is woken when a password of before a rotation is over", () => {
    const due = (oldUntil: string, of: "oldUntil" | "rotatingUntil" = "oldUntil") => {
      const since = of === "rotatingUntil" ? { rotatingSince: at(-30) } : {};
      const passwords = new Map([[ACCOUNT, { changed: 1, ...since, [of]: oldUntil }]]);
      return isEnforcementDue({ ...settledOn(roster()), passwords }, [], { lastSuccess: at(-1) }, NOW);
    };
    expect([due(at(-0.5)), due(at(0.5)), due(at(-2))]).toEqual([true, false, false]);
    const given = ([-0.5, 0.5, -2] as const).map(hours => due(at(hours), "rotatingUntil"));
    expect(given).toEqual([true, false, false]);
  });
});
