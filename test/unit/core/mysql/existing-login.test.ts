import { enforceableRoster } from "../../../../core/mysql";
import type { ObservedAccount } from "../../../../core/mysql/observed-state";
import { type RosterAccount, rosterSchema } from "../../../../core/roster/roster";
import { assemble, row, sql } from "../../../support/assemble";
import { NO_LIMITS, observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";

type Options = Pick<RosterAccount, "hosts" | "limits" | "tls" | "suspended" | "login">;
const plain = rosterOf({ sl_app: { orders: "read" } });
const roster = (options: Options = {}) => withOptions(plain, "sl_app", { login: "existing", ...options });
/** An account as somebody made it by hand: by an old password, without TLS, with a limit. */
const made: Partial<ObservedAccount> = {
  plugin: "mysql_native_password",
  authenticationString: "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19",
  tls: "",
  limits: { ...NO_LIMITS, connections: 7 },
  passwordExpired: true,
  secondPassword: true,
  blocksFailedLogins: true,
  moreFactors: 1,
};
const app = (overrides: Partial<ObservedAccount> = {}) =>
  observedAccount("sl_app", { ...made, databases: [row("orders", "SELECT")], ...overrides });
const change = (options: Options, overrides: Partial<ObservedAccount> = {}) =>
  sql({ roster: roster(options), observed: observedState([app(overrides)]) });
const ALTER = "ALTER USER 'sl_app'@'%'";

describe("an existing login", () => {
  it("stays as it is, whatever it is, and without a note about it", () => {
    const plan = assemble({ roster: roster(), observed: observedState([app()], { iamLogins: false }) });
    expect(plan).toMatchObject({ statements: [], notes: [], problems: [] });
  });

  it("has the grants of the roster, and no others", () => {
    const databases = [row("orders", "INSERT"), row("billing", "SELECT")];
    expect(change({}, { databases })).toEqual([
      "REVOKE INSERT ON `orders`.* FROM 'sl_app'@'%'",
      "REVOKE SELECT ON `billing`.* FROM 'sl_app'@'%'",
      "GRANT SELECT ON `orders`.* TO 'sl_app'@'%'",
    ]);
  });

  it("has the limits and the TLS requirement that are declared, and only those", () => {
    expect(change({ limits: { connections: 3 } })).toEqual([`${ALTER} WITH MAX_USER_CONNECTIONS 3`]);
    expect(change({ limits: {} })).toEqual([`${ALTER} WITH MAX_USER_CONNECTIONS 0`]);
    expect(change({ tls: "ssl" })).toEqual([`${ALTER} REQUIRE SSL`]);
    expect(change({ tls: "x509" }, { tls: "X509" })).toEqual([]);
  });

  it("is locked while it is suspended, and unlocked after", () => {
    expect(change({ suspended: true })).toEqual([`${ALTER} ACCOUNT LOCK`]);
    expect(change({}, { locked: true })).toEqual([`${ALTER} ACCOUNT UNLOCK`]);
  });

  it("is refused where the account does not exist: nobody can create it", () => {
    const plan = assemble({ roster: roster(), observed: observedState([]) });
    expect(plan.statements).toEqual([]);
    expect(plan.problems).toEqual([
      "'sl_app'@'%' does not exist, and with `login: existing` nobody can create it: only who has its password " +
        "can. Create it by hand, take it out of the roster, or declare another login.",
    ]);
    expect([...plan.problemsByUser.keys()]).toEqual(["sl_app"]);
  });

  it("is refused where one of its hosts has no account, and the others stay as they are", () => {
    const hosts = ["10.%", "127.%"];
    const there = (host: string) => app({ host });
    const asked = (...accounts: ObservedAccount[]) =>
      assemble({ roster: roster({ hosts }), observed: observedState(accounts) });
    expect(asked(there("10.%"), there("127.%"))).toMatchObject({ statements: [], problems: [] });
    const { problems, statements } = asked(there("10.%"));
    expect([statements, problems]).toEqual([
      [],
      [expect.stringContaining("'sl_app'@'127.%' does not exist")],
    ]);
  });

  it("is never dropped to be created again: what cannot be revoked leaves the account out", () => {
    const proxies = [{ user: "root", host: "%", grantOption: false }];
    const administrator = {
      grantable: ["SELECT"],
      restrictions: [],
      revokesRestricted: true,
      revokesProxies: false,
    };
    const routines = [
      {
        database: "orders",
        routine: "p",
        type: "PROCEDURE",
        privileges: ["EXECUTE"],
        grantOption: false,
        misencoded: true,
      },
    ] as const;
    const observed = observedState([app({ proxies, routines })]);
    const plan = assemble({ roster: roster(), observed, administrator });
    expect(plan.statements.map(one => one.sql)).not.toContainEqual(expect.stringMatching(/^(DROP|CREATE)/));
    expect(plan.leftOut.get("sl_app")).toContain("nobody can create it again with its login");
  });

  it("becomes a login by IAM token or by password later, with its grants", () => {
    const byToken = sql({ roster: plain, observed: observedState([app({ moreFactors: 0 })]) });
    expect(byToken[0]).toMatch(/^ALTER USER 'sl_app'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'/);
    const byPassword = change({ login: "password" }, { moreFactors: 0, secondPassword: false });
    expect(byPassword[0]).toMatch(/^ALTER USER 'sl_app'@'%' IDENTIFIED WITH caching_sha2_password BY/);
    for (const text of [...byToken, ...byPassword]) expect(text).not.toMatch(/GRANT|REVOKE|DROP/);
  });

  it("is for people and services, not for agents", () => {
    const kinds = ["person", "service", "agent"] as const;
    const fits = kinds.filter(kind => {
      const account = { ...roster().accounts["sl_app"]!, kind };
      return rosterSchema.safeParse({ ...roster(), accounts: { sl_app: account } }).success;
    });
    expect(fits).toEqual(["person", "service"]);
  });
});

describe("a scheduled run, about an existing login", () => {
  const enforce = (target: Options, applied: Options, mayGive = true) =>
    enforceableRoster({
      target: withOptions(plain, "sl_app", target),
      applied: withOptions(plain, "sl_app", applied),
      observed: observedState([app()]),
      now: new Date("2026-11-20T00:00:00Z"),
      mayGive,
    }).roster.accounts["sl_app"]!;

  it("leaves it as it is found while only one of the rosters has it", () => {
    expect(enforce({ login: "existing" }, {}).login).toBe("existing");
    expect(enforce({}, { login: "existing" }).login).toBe("existing");
    expect(enforce({ login: "password" }, { login: "existing" }).login).toBe("existing");
    expect(enforce({}, { suspended: true }).login).toBeUndefined();
  });

  it("counts what it holds as held, also where nothing may be given", () => {
    expect(enforce({ login: "existing" }, { login: "existing" }, false).databases).toMatchObject({
      orders: { privileges: ["SELECT"] },
    });
  });
});
