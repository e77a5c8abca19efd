import { gzipSync } from "node:zlib";
import type { EnforceResponse } from "../../../../core/contract/enforcement";
import { DEFAULT_CEILING } from "../../../../core/roster/ceiling";
import type { Roster } from "../../../../core/roster/roster";
import { IS_WHOLE } from "../../../support/hostile-strings";
import { rosterOf } from "../rosters";
import { enforcementFixture, HOUR } from "./enforcement-fixture";
import { LedgerForger, type Proof } from "./ledger-forger";
import { until } from "./rosters-until";

/** A false proof of one kind is enough here: `test/unit/reconciler/store` tries each. */
const PROOF_KINDS: readonly Proof[] = [
  "without a proof",
  "with a proof by a key of the forger",
  ...(IS_WHOLE ? (["with the proof of the item that it replaces"] as const) : []),
];
const IAM = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL";

/** All that the ceiling allows. */
const everything = (...users: string[]): Roster => {
  const roster = rosterOf(Object.fromEntries(users.map(user => [user, "read" as const])));
  return { ...roster, roles: { read: [...DEFAULT_CEILING.privileges] as Roster["roles"][string] } };
};

describe.each(PROOF_KINDS)("an item that somebody else wrote into the ledger, %s", proof => {
  const fixture = enforcementFixture({ entry: { drift: "repair" } });
  const forger = new LedgerForger(fixture);
  const reads = async (user: string) => (await fixture.session(user)).query("SELECT * FROM orders.t");

  /** A run: it succeeds without a proof, as after an upgrade, and fails with a false one. */
  const enforce = async (): Promise<EnforceResponse | undefined> => {
    if (proof === "without a proof") return fixture.enforce();
    await expect(fixture.enforce()).rejects.toMatchObject({
      name: "LedgerUnusable",
      message: expect.stringMatching(/orders: .*without the proof of this reconciler's key/),
    });
    return undefined;
  };

  /** A head whose rosters are the forger's. */
  const forge = async (roster: Roster) => {
    const id = await forger.roster(roster);
    await forger.write("head", { target: id, applied: id }, proof);
  };

  it("gives a new account nothing, although its roster holds all that the ceiling allows", async () => {
    await fixture.planAndApply("orders", rosterOf({ eve: "read" }));
    await forge(everything("eve", "mallory"));
    await enforce();
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    await expect(fixture.session("sl_mallory")).rejects.toThrow(/denied/i);
  });

  it("gives an account that exists no more than it has, and does not unlock one", async () => {
    await fixture.planAndApply("orders", rosterOf({ eve: "read", bob: "read" }));
    await fixture.root.query("ALTER USER 'sl_bob'@'%' ACCOUNT LOCK");
    await forge(everything("eve", "bob"));
    await enforce();
    const eve = await fixture.session("sl_eve");
    await eve.query("SELECT * FROM orders.t");
    await expect(eve.query("INSERT INTO orders.t VALUES (1)")).rejects.toThrow(/denied/i);
    await expect(fixture.session("sl_bob")).rejects.toThrow(/locked/i);
    eve.destroy();
  });

  it("gives an account of another host no account of its own for all hosts", async () => {
    await fixture.planAndApply("orders", rosterOf({ eve: "read" }));
    await fixture.root.query(`CREATE USER 'sl_mallory'@'10.%' ${IAM}`);
    await fixture.root.query("GRANT SELECT ON orders.* TO 'sl_mallory'@'10.%'");
    await forge(everything("eve", "mallory"));
    await enforce();
    await expect(fixture.session("sl_mallory")).rejects.toThrow(/denied/i);
    await fixture.root.query("DROP USER 'sl_mallory'@'10.%'");
  });

  it("sends no mail: forged events are deleted and not sent", async () => {
    await fixture.planAndApply("orders", rosterOf({ eve: "read" }));
    await fixture.enforce();
    const [{ type, detail }] = fixture.events("access.granted") as [
      ReturnType<typeof fixture.events>[number],
    ];
    fixture.forgetEvents();
    const event = { type, detail: { ...detail, email: "victim@example.net", name: "Click here" } };
    const forged: Readonly<Record<string, unknown>> = {
      "outbox#cs-1#0000": [event],
      "outbox#en-1#0000": [event, event],
      "outbox#zz#9999": [{ type: "reconcile.failed", detail: {} }],
    };
    for (const [sk, events] of Object.entries(forged))
      await forger.write(sk, { data: gzipSync(JSON.stringify(events)) }, proof);
    await fixture.enforce();
    expect(fixture.events()).toEqual([]);
    expect([...(await forger.items()).keys()].filter(sk => sk.startsWith("outbox#"))).toEqual([]);
  });

  it("tells nobody about forged people: events name the account, and no address or text of the forger", async () => {
    await fixture.planAndApply("orders", rosterOf({ eve: "read", bob: "read" }));
    const roster = until({ eve: fixture.at(-HOUR), bob: fixture.at(24 * HOUR) });
    fixture.forgetEvents();
    await forge(roster);
    await enforce();
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_eve"]);
    expect(fixture.events("access.expiring")).toEqual([]);
    expect(JSON.stringify(fixture.events())).not.toContain("@example.com");
  });

  it("enables no event that no run disabled", async () => {
    const maker: Roster = { ...rosterOf({ eve: "read" }), roles: { read: ["SELECT", "EVENT"] } };
    await fixture.planAndApply("orders", maker);
    await fixture.root.query(
      "CREATE DEFINER = 'sl_eve'@'%' EVENT orders.e ON SCHEDULE EVERY 1 YEAR DISABLE DO SELECT 1",
    );
    const event = "'sl_eve'@'%' `orders`.`e`";
    for (const list of [{ disabled: [event] }, { blob: await forger.disabledEvents(event) }]) {
      await forger.write("events", list, proof);
      expect((await fixture.preview("orders", maker)).pending).toBe(0);
      expect(await fixture.enforce()).toMatchObject({ statements: 0 });
    }
    await fixture.root.query("DROP EVENT orders.e");
  });

  it("hides nobody who reaches a managed database beyond the prefix", async () => {
    await fixture.root.query("DROP USER IF EXISTS shopapp");
    await fixture.planAndApply("orders", rosterOf({ eve: "read" }));
    await fixture.enforce();
    await fixture.root.query("CREATE USER shopapp");
    await fixture.root.query("GRANT SELECT ON orders.* TO shopapp");
    const blob = await forger.holders({ "'shopapp'@'%' reaches orders by SELECT": "" });
    await forger.write("holders", { blob }, proof);
    fixture.forgetEvents();
    await fixture.enforce();
    expect(JSON.stringify(fixture.events("drift.detected"))).toContain("'shopapp'@'%' reaches orders");
    // The run has proven the list again.
    fixture.forgetEvents();
    fixture.services = fixture.freshServices();
    await fixture.enforce();
    expect(fixture.events("drift.detected")).toEqual([]);
    await fixture.root.query("DROP USER shopapp");
  });

  it("keeps no access from ending by saying that no hook holds the cluster, and raises the alarm", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
    for (const attribute of ["released", "removing"])
      await forger.write("head", { [attribute]: fixture.at(0) }, proof);
    fixture.pass(HOUR);
    const emitted: object[] = [];
    const { metrics } = fixture.services;
    fixture.services = {
      ...fixture.services,
      metrics: { ...metrics, emit: (_, values) => void emitted.push(values) },
    };
    await enforce();
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    expect(emitted.at(-1)).toMatchObject({ LedgerHashMismatches: 1 });
  });

  it("is seen by the next plan, and one apply proves the ledger again", async () => {
    const roster = rosterOf({ eve: "write" });
    await fixture.planAndApply("orders", roster);
    await forge(everything("eve", "mallory"));
    const plan = await fixture.preview("orders", roster);
    expect(plan.sql).toEqual([]);
    expect(plan.body.notes.join()).toMatch(/ledger's record of this cluster .*enforcement takes access away/);
    expect(plan.summary).toMatch(/not proven/);
    await fixture.apply("orders", roster, plan);
    const [first, second] = [
      await fixture.preview("orders", roster),
      await fixture.preview("orders", roster),
    ];
    expect(second.changeSet).toEqual(first.changeSet);
    await fixture.root.query("REVOKE INSERT ON orders.* FROM 'sl_eve'@'%'");
    await fixture.enforce();
    const eve = await fixture.session("sl_eve");
    await eve.query("INSERT INTO orders.t VALUES (1)");
    eve.destroy();
    expect(await fixture.accounts()).toEqual(["sl_eve"]);
    await reads("sl_eve");
  });
});

describe("an item that somebody deleted from the ledger", () => {
  const fixture = enforcementFixture();

  it("hides nobody who got access since: the list of who reaches a managed database", async () => {
    await fixture.root.query("DROP USER IF EXISTS shopapp");
    await fixture.planAndApply("orders", rosterOf({ eve: "read" }));
    await fixture.enforce();
    await fixture.root.query("CREATE USER shopapp");
    await fixture.root.query("GRANT SELECT ON orders.* TO shopapp");
    await new LedgerForger(fixture).remove("holders");
    fixture.forgetEvents();
    const { summary } = await fixture.preview("orders", rosterOf({ eve: "read" }));
    expect(summary).toContain("'shopapp'@'%' reaches orders");
    await fixture.enforce();
    expect(JSON.stringify(fixture.events("drift.detected"))).toContain("'shopapp'@'%' reaches orders");
    await fixture.root.query("DROP USER shopapp");
  });
});
