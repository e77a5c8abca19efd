import { compareHolders } from "../../../../core/decisions/holders";
import { managedHosts, managedUsers, previouslyDeclared } from "../../../../core/decisions/rosters-in-effect";
import { enforceableRoster, findUndeclared, loginTakers, type ObservedAccount } from "../../../../core/mysql";
import { hostsIn } from "../../../../core/mysql/former-hosts";
import { EMPTY_ROSTER, type Roster } from "../../../../core/roster/roster";
import { row, sql } from "../../../support/assemble";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";
import { halfWay, NOW, settledOn, versionOf } from "../decisions/known";

const at = (host: string, ...privileges: string[]): ObservedAccount =>
  observedAccount("sl_bob", { host, databases: privileges.length > 0 ? [row("orders", ...privileges)] : [] });
const bobAt = (hosts: readonly string[] | undefined, role: string | object = "read"): Roster =>
  withOptions(rosterOf({ sl_bob: { orders: role as "read" } }), "sl_bob", { hosts });
const TWO = ["10.%", "192.168.%"];

describe("hosts in a scheduled run", () => {
  const enforced = (
    target: Roster,
    applied: Roster | undefined,
    accounts: ObservedAccount[],
    mayGive = true,
  ) => {
    const observed = observedState(accounts);
    const { roster, undecided } = enforceableRoster({ target, applied, observed, now: NOW, mayGive });
    return { sql: sql({ roster, observed, now: NOW }), undecided: [...undecided], roster };
  };
  const REVOKE = (host: string, what = "DELETE") => `REVOKE ${what} ON \`orders\`.* FROM 'sl_bob'@'${host}'`;

  it("are repaired where both rosters say the same", () => {
    const found = enforced(bobAt(TWO), bobAt(TWO), [at("10.%", "SELECT", "DELETE")]);
    expect(found.sql[0]).toBe(REVOKE("10.%"));
    expect(found.sql.at(-2)).toBe("RENAME USER 'sl_bob'@'192.168.%.invalid' TO 'sl_bob'@'192.168.%'");
  });

  it("stay as found where only one roster has them: nothing is given, and only what neither has is taken", () => {
    const accounts = [at("10.%", "SELECT", "DELETE"), at("127.%", "SELECT", "INSERT"), at("::1", "SELECT")];
    const found = enforced(bobAt(["127.%", "192.168.%"], "write"), bobAt(["10.%", "192.168.%"]), accounts);
    expect(found.sql).toEqual([REVOKE("10.%")]);
    expect(found.roster.accounts["sl_bob"]).toMatchObject({ hosts: ["10.%", "127.%"], givesNothing: true });
  });

  it("get nothing that only another host's account has, while an apply is half done", () => {
    const accounts = [at("10.%", "SELECT", "INSERT"), at("192.168.%", "SELECT")];
    expect(enforced(bobAt(TWO, "write"), bobAt(TWO), accounts).sql).toEqual([]);
    expect(enforced(bobAt(TWO, "write"), bobAt(TWO, "write"), accounts).sql).toEqual([
      "GRANT INSERT ON `orders`.* TO 'sl_bob'@'192.168.%'",
      "GRANT UPDATE ON `orders`.* TO 'sl_bob'@'10.%', 'sl_bob'@'192.168.%'",
    ]);
  });

  it("get nothing while the ledger is not proven", () => {
    const accounts = [at("10.%", "SELECT", "DELETE")];
    const found = enforced(bobAt(TWO, "write"), bobAt(TWO, "write"), accounts, false);
    expect(found.sql).toEqual([REVOKE("10.%")]);
  });

  it("lose what has expired at each of them, also half-way", () => {
    const over = { role: "write", expires: "2026-11-19T00:00:00Z" };
    const accounts = [at("10.%", "SELECT", "INSERT"), at("192.168.%", "SELECT")];
    for (const applied of [bobAt(TWO, over), bobAt(["10.%"], over)]) {
      const { sql: statements } = enforced(bobAt(TWO, over), applied, accounts);
      expect(statements).toEqual(["DROP USER 'sl_bob'@'10.%', 'sl_bob'@'192.168.%'"]);
    }
  });

  it("wait for the next apply where none of a half-way apply exists", () => {
    const found = enforced(bobAt(["10.%"]), bobAt(["127.%"]), []);
    expect(found.undecided).toEqual(["sl_bob"]);
  });
});

describe("accounts at hosts that earlier rosters had", () => {
  const [ten, anywhere] = ["'sl_bob'@'10.%'", "'sl_bob'@'%'"];

  it("are known from the ledger, while the user has other hosts", () => {
    expect(previouslyDeclared(settledOn(bobAt(undefined)), bobAt(["10.%"]))).toEqual([anywhere]);
    expect(previouslyDeclared(settledOn(bobAt(TWO)), bobAt(undefined))).toEqual([
      ten,
      "'sl_bob'@'192.168.%'",
    ]);
    expect(previouslyDeclared(halfWay(bobAt(undefined), bobAt(["10.%"])), bobAt(["::1"]))).toEqual([
      anywhere,
      ten,
    ]);
    expect(previouslyDeclared(settledOn(bobAt(TWO)), bobAt(TWO))).toEqual([]);
  });

  it("of a user who is gone are all of the name", () => {
    expect(previouslyDeclared(settledOn(bobAt(TWO)), EMPTY_ROSTER)).toEqual(["sl_bob"]);
    expect(previouslyDeclared(settledOn(bobAt(undefined)), EMPTY_ROSTER)).toEqual(["sl_bob"]);
  });

  it("stay known while they could not be dropped, or an apply is half done", () => {
    expect(previouslyDeclared(settledOn(bobAt(undefined), { lingering: [ten] }), bobAt(undefined))).toEqual([
      ten,
    ]);
    const state = halfWay(bobAt(["::1"]), bobAt(undefined));
    const known = { ...state, target: versionOf(bobAt(["::1"]), [ten]) };
    expect(previouslyDeclared(known, bobAt(["::1"]))).toEqual([anywhere, ten]);
    expect([...managedUsers(known, [], EMPTY_ROSTER)]).toEqual(["sl_bob"]);
  });

  it("are not undeclared, and watched only if no roster has them", () => {
    const accounts = ["%", "10.%", "127.%", "192.168.%.invalid"].map(host => at(host));
    const state = settledOn(bobAt(undefined));
    const isItsHost = managedHosts(state, bobAt(TWO));
    expect(findUndeclared(observedState(accounts), () => true, isItsHost)).toEqual(["sl_bob@127.%"]);
    const grants = accounts.map(({ host }) => ({
      account: { user: "sl_bob", host },
      database: "orders",
      privileges: ["SELECT"],
      grantOption: false,
    }));
    const { baseline } = compareHolders({
      observed: observedState(accounts, { outside: { grants, roles: [], proxies: [] } }),
      names: { prefix: "sl" },
      managed: new Set(["sl_bob"]),
      isManagedHost: isItsHost,
      databases: ["orders"],
      baseline: undefined,
      now: NOW,
    });
    expect(Object.keys(baseline.holders)).toEqual(["'sl_bob'@'127.%' reaches orders by SELECT"]);
  });

  it("an anonymous account takes logins of declared ones of farther hosts alone", () => {
    const observed = observedState([], { anonymousHosts: ["", "%", "10.%", "10.1.0.0/16"] });
    const taken = (...hosts: string[]) => loginTakers(observed, hosts).map(text => text.split(" ")[0]);
    expect(taken("%")).toEqual(["''@'10.%'", "''@'10.1.0.0/16'"]);
    expect(taken("10.%")).toEqual(["''@'10.1.0.0/16'"]);
    expect(taken("10.1.2.3", "10.1.0.0/16")).toEqual([]);
    expect([hostsIn(EMPTY_ROSTER), hostsIn(bobAt(TWO))]).toEqual([["%"], TWO]);
  });
});
