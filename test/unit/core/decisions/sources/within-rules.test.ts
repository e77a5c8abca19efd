import { decideEnforcement } from "../../../../../core/decisions/decide-enforcement";
import { refusalReasons } from "../../../../../core/decisions/decide-preview";
import { mergedRoster, sourcesNotes } from "../../../../../core/decisions/merged-roster";
import { rulesFault, withinRules } from "../../../../../core/decisions/rules/within-rules";
import type { Roster } from "../../../../../core/roster/roster";
import { observedAccount, observedState, rosterOf } from "../../../../support/observed";
import { NOW, registered, requestOf, settledOn, sourceOf } from "../known";

const right = (database: string) => ({ role: "write", strength: "change" as const, databases: [database] });
const rules = { duties: { neverTogether: [right("payments"), right("shop")] } };
const ON = { cluster: "orders", now: NOW };
const reviewed = { ...rosterOf({ sl_jane: { payments: "write" } }), rules };
const administrator = {
  grantable: ["SELECT", "INSERT", "UPDATE"],
  restrictions: [],
  revokesRestricted: true,
  revokesProxies: false,
};

describe("what a source has from before a rule", () => {
  const source = sourceOf(rosterOf({ sl_jane: { shop: "write", stock: "read" }, sl_joe: { shop: "write" } }));

  it("goes where it breaks the rule, and nothing else goes", () => {
    const [limited] = withinRules([source], [reviewed], ON);
    expect(limited?.roster.accounts["sl_jane"]?.databases).toEqual({ stock: { role: "read" } });
    expect(limited?.roster.accounts["sl_joe"]).toEqual(source.roster.accounts["sl_joe"]);
    expect(limited?.pending).toEqual(["sl_jane"]);
    expect(limited?.broken?.["sl_jane"]).toMatch(/write on "shop" of "orders".*write on "payments".*duties/);
  });

  it("goes with the account, if nothing is left of it", () => {
    const only = sourceOf(rosterOf({ sl_jane2: { shop: "write" } }));
    const jane = { ...only.roster.accounts["sl_jane2"]!, user: "jane" };
    const own = { ...only, roster: { ...only.roster, accounts: { sl_jane2: jane } } };
    const [limited] = withinRules([own], [reviewed], ON);
    expect(limited).toMatchObject({ formerly: ["sl_jane2"] });
    expect(limited?.roster.accounts).toEqual({});
  });

  it("is revoked by the next apply, which the plan says, and by the next run of enforcement", () => {
    const states = withinRules([source], [reviewed], ON);
    const cluster = registered(settledOn(reviewed), {}, states);
    const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });
    const write = ["SELECT", "INSERT", "UPDATE"];
    const observed = observedState([
      observedAccount("sl_jane", {
        tls: "SSL",
        databases: [row("payments", ...write), row("shop", ...write), row("stock", "SELECT")],
      }),
      observedAccount("sl_joe", { tls: "SSL", databases: [row("shop", ...write)] }),
    ]);
    const plan = {
      observed,
      administrator,
      now: NOW,
      prefix: "sl",
      unmanaged: "report",
      definers: "block",
      onlyCreate: false,
    } as const;
    const { roster } = mergedRoster(cluster, reviewed, plan);
    expect(Object.keys(roster.accounts["sl_jane"]!.databases)).toEqual(["payments", "stock"]);
    expect(sourcesNotes(reviewed, states, new Map()).join()).toMatch(
      /sl_jane cannot be as Parameter Store says, and gets less/,
    );
    const { enforceable } = decideEnforcement({
      ...cluster,
      observation: { observed, administrator },
      now: NOW,
    });
    expect(enforceable.plan.statements.map(({ sql }) => sql)).toEqual([
      expect.stringMatching(/^REVOKE .* ON `shop`\.\* FROM 'sl_jane'@'%'$/),
    ]);
  });

  it("stays with the source that comes first, where two break the rule together", () => {
    const [one, two] = [
      sourceOf(rosterOf({ sl_jane: { payments: "write" } }), { name: "one" }),
      sourceOf(rosterOf({ sl_jane: { shop: "write" } }), { name: "two" }),
    ];
    const [first, second] = withinRules([one, two], [{ ...rosterOf({}), rules }], ON);
    expect(first).toBe(one);
    expect(second?.roster.accounts).toEqual({});
  });

  it("is judged with the grants of teams, and a team's grant on the same place wins", () => {
    const ofTeam = { role: "read", team: "pay", also: [{ role: "write", team: "work" }] };
    const account = { ...rosterOf({ sl_jane: {} }).accounts["sl_jane"]!, databases: { payments: ofTeam } };
    const roster = { ...rosterOf({}), accounts: { sl_jane: account }, rules };
    const [limited] = withinRules([source], [roster], ON);
    expect(limited?.roster.accounts["sl_jane"]?.databases).toEqual({ stock: { role: "read" } });
    expect(limited?.broken?.["sl_jane"]).toMatch(/write on "payments" of "orders" by team work/);
    const same = sourceOf(rosterOf({ sl_jane: { payments: "write" } }));
    expect(withinRules([same], [roster], ON)[0]).toBe(same);
  });

  describe("under another account's name", () => {
    const lent = (user: string, account = "sl_x") => {
      const { sl_x } = rosterOf({ sl_x: { payments: "write", shop: "write" } }).accounts;
      return sourceOf({ ...rosterOf({}), accounts: { [account]: { ...sl_x!, user } } });
    };
    const judged = (source: ReturnType<typeof lent>, given: Roster["rules"]) =>
      withinRules([source], [{ ...rosterOf({ sl_jane: { payments: "write" } }), rules: given }], ON)[0];

    it("borrows no exception: the writer of a parameter says which user it is", () => {
      const excepting = { duties: { ...rules.duties, except: { tom: "CHG-1" } } };
      expect(judged(lent("tom"), excepting)?.broken).toHaveProperty("sl_x");
      expect(judged(lent("tom", "sl_tom"), excepting)?.broken).toBeUndefined();
    });

    it("is one more holder", () => {
      const few = { mostHolders: { ...right("payments"), most: 1, per: "cluster" as const } };
      expect(judged(lent("jane"), { few })?.broken).toHaveProperty("sl_x");
    });

    it("is a contractor's by the name of the account, too", () => {
      const own = { readOnly: { users: ["ext-*"] } };
      expect(judged(lent("bob", "sl_ext-bob"), { own })?.broken).toHaveProperty("sl_ext-bob");
    });
  });

  it.each([
    ["the requested roster", [reviewed]],
    ["either of the rosters of a half-done apply", [rosterOf({}), reviewed]],
  ])("is judged by %s", (_, rosters) => {
    expect(withinRules([source], rosters, ON)[0]?.broken).toHaveProperty("sl_jane");
  });

  it("is untouched without rules", () => {
    expect(withinRules([source], [rosterOf({}), undefined], ON)[0]).toBe(source);
  });
});

describe("a reviewed roster", () => {
  const broken = { ...rosterOf({ sl_jane: { payments: "write", shop: "write" } }), rules };

  it("that breaks its own rules is refused, with the account and both grants", () => {
    const facts = { ...registered(settledOn(broken)), request: requestOf(broken) };
    expect(refusalReasons(facts, NOW)).toEqual([
      expect.stringMatching(/^jane holds .* write on "payments" of "orders" \(sl_jane\), write on "shop"/),
    ]);
    expect(rulesFault("orders", broken, NOW)).toMatch(/The rule duties forbids it/);
  });

  it("is never refused because of what a source says", () => {
    const source = sourceOf(rosterOf({ sl_jane: { shop: "write" } }));
    const facts = { ...registered(settledOn(reviewed), {}, [source]), request: requestOf(reviewed) };
    expect(refusalReasons(facts, NOW)).toEqual([]);
  });
});
