import { decideEnforcement } from "../../../../../core/decisions/decide-enforcement";
import { decidePreview, refusalReasons } from "../../../../../core/decisions/decide-preview";
import { mergedRoster, sourcesNotes } from "../../../../../core/decisions/merged-roster";
import {
  aloneNotes,
  brokenByDocument,
  rulesFault,
  withinRules,
} from "../../../../../core/decisions/rules/within-rules";
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

  describe("whose people are known from what was reviewed", () => {
    const contractors = { readOnly: { emailDomains: ["ext.example"], people: ["bob"] } };
    const mail = { emailDomains: { ...right("shop"), domains: ["example.com"], people: ["bob"] } };
    const account = (user: string, email?: string) => ({
      ...rosterOf({ sl_x: { shop: "write" } }).accounts["sl_x"]!,
      user,
      ...(email && { email }),
    });
    const own = {
      ...rosterOf({}),
      accounts: { sl_eve: { ...account("eve", "eve@Ext.example"), databases: {} } },
    };
    const judged = (name: string, one: ReturnType<typeof account>, given: Roster["rules"]) =>
      withinRules(
        [sourceOf({ ...rosterOf({}), accounts: { [name]: one } })],
        [{ ...own, rules: given }],
        ON,
      )[0]?.broken;

    it.each([
      ["a contractor of another cluster, without an address", "sl_bob", account("bob")],
      ["one with another address", "sl_bob", account("bob", "bob@example.com")],
      ["one whose account has another name", "sl_x", account("bob")],
      ["one whose user has another name", "sl_bob", account("x")],
      ["one of this cluster, under another name", "sl_x", account("eve", "eve@example.com")],
    ])("knows %s", (_, name, one) => {
      expect(judged(name, one, { contractors })).toHaveProperty(name);
      expect(judged(name, one, { mail })).toHaveProperty(name);
    });

    it("leaves others alone, and lends no reviewed address", () => {
      expect(judged("sl_ann", account("ann", "ann@example.com"), { contractors, mail })).toBeUndefined();
      const lending = {
        ...own,
        accounts: { sl_joe: { ...account("joe", "joe@example.com"), databases: {} } },
      };
      const source = sourceOf({ ...rosterOf({}), accounts: { sl_x: account("joe") } });
      expect(withinRules([source], [{ ...lending, rules: { mail } }], ON)[0]?.broken).toHaveProperty("sl_x");
    });
  });

  it.each([
    ["the requested roster", [reviewed]],
    ["either of the rosters of a half-done apply", [rosterOf({}), reviewed]],
  ])("is judged by %s", (_, rosters) => {
    expect(withinRules([source], rosters, ON)[0]?.broken).toHaveProperty("sl_jane");
  });

  it("is not blamed for what the reviewed roster gives as well", () => {
    const ends = { endWithin: { ...right("shop"), days: 3 } };
    const given = rosterOf({ sl_jane: { shop: "write" } });
    const same = sourceOf(given);
    expect(withinRules([same], [{ ...given, rules: { ends } }], ON)[0]).toBe(same);
  });

  it("is untouched without rules", () => {
    expect(withinRules([source], [rosterOf({}), undefined], ON)[0]).toBe(source);
  });
});

describe("a new document", () => {
  const known = { states: [] as readonly ReturnType<typeof sourceOf>[], reviewed };
  const judged = (document: Roster, accepted: Roster, more: Partial<typeof known> = {}) =>
    Object.keys(brokenByDocument(sourceOf(document), accepted, { ...known, ...more }, ON));
  const broken = rosterOf({ sl_jane: { shop: "write" }, sl_joe: { shop: "write" } });

  it("that takes somebody's access is not held up by what breaks a rule already", () => {
    expect(judged(broken, rosterOf({}))).toEqual(["sl_jane"]);
    expect(judged(rosterOf({ sl_jane: { shop: "write" } }), broken)).toEqual([]);
  });

  it.each<[string, object]>([
    ["longer", { role: "write" }],
    ["with a later end", { role: "write", expires: "2031-01-01T00:00:00Z" }],
    ["for another reason", { role: "write", expires: "2030-01-01T00:00:00Z", reason: "x" }],
    [
      "with more",
      { role: "own", privileges: ["SELECT", "UPDATE", "TRIGGER"], expires: "2030-01-01T00:00:00Z" },
    ],
  ])("that gives it %s is refused", (_, grant) => {
    const { sl_jane } = broken.accounts;
    const ending = (terms: object) =>
      ({ ...broken, accounts: { sl_jane: { ...sl_jane, databases: { shop: terms } } } }) as Roster;
    const before = ending({ role: "write", expires: "2030-01-01T00:00:00Z" });
    expect(judged(ending({ role: "write", expires: "2029-01-01T00:00:00Z" }), before)).toEqual([]);
    expect(judged(ending(grant), before)).toEqual(["sl_jane"]);
  });

  it("that says another address or kind is refused", () => {
    const { sl_jane } = broken.accounts;
    for (const other of [{ email: "x@example.com" }, { kind: "service" as const }])
      expect(judged({ ...broken, accounts: { sl_jane: { ...sl_jane!, ...other } } }, broken)).toEqual([
        "sl_jane",
      ]);
  });

  it("is not refused for what another source says and is not given", () => {
    const few = { mostHolders: { ...right("shop"), most: 1, per: "cluster" as const } };
    const other = sourceOf(rosterOf({ sl_jane: { shop: "write" } }), { name: "other" });
    const both = { ...reviewed, rules: { ...rules, few } };
    const document = rosterOf({ sl_ann: { shop: "write" } });
    expect(judged(document, rosterOf({}), { states: [other], reviewed: both })).toEqual([]);
    const none = { ...both, accounts: {} };
    expect(judged(document, rosterOf({}), { states: [other], reviewed: none })).toEqual(["sl_ann"]);
  });
});

describe("an owner who alone has access", () => {
  const shop = { "shop/prod": { owner: "olga@example.com", databases: ["shop"] } };
  const alone = { two: { noSoleOwner: shop } };
  const of = (expires?: string): Roster => {
    const { sl_joe, sl_olga } = rosterOf({ sl_joe: {}, sl_olga: { shop: "read" } }).accounts;
    const joe = expires ? { sl_joe: { ...sl_joe!, databases: { shop: { role: "read", expires } } } } : {};
    return {
      ...rosterOf({}),
      accounts: { ...joe, sl_olga: { ...sl_olga!, email: "olga@example.com" } },
    };
  };
  const [LATER, OVER] = ["2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"];

  it("by time alone is a note, and refuses no plan", () => {
    const roster = (expires?: string) => ({ ...of(expires), rules: alone });
    expect(rulesFault("orders", roster(LATER), NOW)).toBeUndefined();
    expect(aloneNotes("orders", roster(LATER), NOW)).toEqual([]);
    expect(rulesFault("orders", roster(OVER), NOW)).toBeUndefined();
    expect(aloneNotes("orders", roster(OVER), NOW)).toEqual([
      expect.stringMatching(
        /^olga owns shop\/prod .* only person .*The rule two forbids it\. Nothing is taken/,
      ),
    ]);
    expect(rulesFault("orders", roster(), NOW)).toMatch(/only person.*suspend the user/);
  });

  it("is in the plan's notes", () => {
    const roster = { ...of(OVER), rules: alone };
    const observation = { observed: observedState([]), administrator };
    const facts = { ...registered(settledOn(roster)), request: requestOf(roster), observation, now: NOW };
    expect(decidePreview(facts, false).notes.join()).toMatch(/olga owns shop\/prod/);
  });

  it("keeps what a source gives, whether the others' access ended or was taken away", () => {
    const given = { ...rosterOf({}), rules: alone };
    for (const source of [sourceOf(of(OVER)), sourceOf(of())])
      expect(withinRules([source], [given], ON)[0]).toBe(source);
    const judged = (after: Roster, before: Roster) =>
      brokenByDocument(sourceOf(after), before, { states: [], reviewed: given }, ON);
    expect(judged(of(), of(LATER))).toEqual({});
    expect(judged(of(OVER), of())).toEqual({});
    for (const after of [of(), of(OVER)]) expect(judged(after, rosterOf({}))).toHaveProperty("sl_olga");
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
