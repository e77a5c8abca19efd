import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { ParameterSource } from "../../../../core/contract/registry-entry";
import { rosterOf } from "../rosters";
import { enforcementFixture, HOUR } from "./enforcement-fixture";
import { LedgerForger, type Proof } from "./ledger-forger";
import { until } from "./rosters-until";

const PARAMETER = "/aurora-users/sources/shop-prod";
const SOURCE: ParameterSource = {
  name: "shop/prod",
  parameter: PARAMETER,
  databases: ["orders"],
  maxRemovalShare: 0.5,
  minRemovals: 3,
  roles: { read: ["SELECT"], write: ["SELECT", "INSERT"] },
};
const ITEM = "source#shop/prod";

const fixture = enforcementFixture({
  entry: { drift: "repair", sources: [SOURCE] },
});
const forger = new LedgerForger(fixture);

const put = (...names: string[]) =>
  new SSMClient({}).send(
    new PutParameterCommand({
      Name: PARAMETER,
      Value: JSON.stringify({
        users: names.map(name => ({ name, role: "read", email: `${name}@a.example` })),
      }),
      Type: "String",
      Overwrite: true,
    }),
  );
/** What an account can do in `orders`: nothing, `read` or `write`. */
const access = async (user: string): Promise<string> => {
  const session = await fixture.session(user).catch(() => undefined);
  const can = (sql: string) =>
    session?.query(sql).then(
      () => true,
      () => false,
    );
  const [reads, writes] = [await can("SELECT * FROM orders.t"), await can("INSERT INTO orders.t VALUES (1)")];
  session?.destroy();
  return writes ? "write" : reads ? "read" : "nothing";
};

beforeEach(async () => {
  await put("sue");
  await fixture.enforce();
});

describe("a ledger of the commit before proofs", () => {
  const roster = () => until({ bob: fixture.at(HOUR), eve: undefined });

  it("still takes away, gives nothing, and is proven by one apply, of which nobody notices anything", async () => {
    const reviewed = roster();
    await fixture.planAndApply("orders", reviewed);
    await forger.removeProofs();
    fixture.services = fixture.freshServices();
    fixture.forgetEvents();
    fixture.pass(HOUR);
    await fixture.root.query("REVOKE SELECT ON orders.* FROM 'sl_eve'@'%'");
    await fixture.root.query("GRANT INSERT ON orders.* TO 'sl_sue'@'%'");
    expect(await fixture.enforce()).toMatchObject({ outcome: "enforced" });
    expect([await access("sl_bob"), await access("sl_eve"), await access("sl_sue")]).toEqual([
      "nothing",
      "nothing",
      "read",
    ]);
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_bob"]);
    // What was done by hand is taken, as in every run that repairs. Nobody declared it, so no access changed.
    expect(fixture.accountsOf("access.granted", "access.changed", "access.revoked")).toEqual([]);
    expect(fixture.events("drift.detected").map(({ detail }) => detail)).toContainEqual(
      expect.objectContaining({ repaired: true }),
    );

    const plan = await fixture.preview("orders", reviewed);
    expect(plan.sql).toEqual(["GRANT SELECT ON `orders`.* TO 'sl_eve'@'%'"]);
    expect(plan.body.notes.join()).toMatch(/has no proof: that is normal once, right after the upgrade/);
    await fixture.apply("orders", reviewed, plan);
    const [first, second] = [
      await fixture.preview("orders", reviewed),
      await fixture.preview("orders", reviewed),
    ];
    expect(second.changeSet).toEqual(first.changeSet);
    await fixture.root.query("REVOKE SELECT ON orders.* FROM 'sl_eve'@'%'");
    await fixture.root.query("REVOKE SELECT ON orders.* FROM 'sl_sue'@'%'");
    await fixture.enforce();
    expect([await access("sl_eve"), await access("sl_sue")]).toEqual(["read", "read"]);
  });

  it("with a plan directly after the upgrade, no source loses or gets anything", async () => {
    await fixture.planAndApply("orders", roster());
    await forger.removeProofs();
    fixture.services = fixture.freshServices();
    const plan = await fixture.preview("orders", roster());
    expect(plan.sql).toEqual([]);
    await fixture.apply("orders", roster(), plan);
    expect(await access("sl_sue")).toBe("read");
    await fixture.enforce();
    expect(await access("sl_sue")).toBe("read");
    expect(await fixture.preview("orders", roster())).toMatchObject({ pending: 0, verified: true });
  });
});

describe("a key that does not answer", () => {
  const outages = [
    ["denies", { status: 400, type: "AccessDeniedException" }],
    ["is disabled", { status: 400, type: "DisabledException" }],
    ["cannot be reached", "drop"],
  ] as const;

  it.each(outages)("%s: what expired is taken, nothing is given, and the run fails", async (_, fault) => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR), eve: undefined }));
    await fixture.root.query("REVOKE SELECT ON orders.* FROM 'sl_eve'@'%'");
    fixture.services = fixture.freshServices();
    fixture.forgetEvents();
    fixture.pass(HOUR);
    fixture.aws.faultService(({ service }) => service === "kms", fault);
    await expect(fixture.enforce()).rejects.toMatchObject({
      name: "LedgerUnusable",
      message: expect.stringMatching(/KMS key .* does not answer.*Check the network path to KMS/),
    });
    expect([await access("sl_bob"), await access("sl_eve")]).toEqual(["nothing", "nothing"]);
    expect(fixture.accountsOf("access.expired")).toEqual(["sl_bob"]);

    fixture.aws.clearFaults();
    fixture.services = fixture.freshServices();
    await fixture.enforce();
    expect(await access("sl_eve")).toBe("read");
  });

  it("is no upgrade: a ledger without proofs fails the run, too", async () => {
    await fixture.planAndApply("orders", until({ bob: fixture.at(HOUR) }));
    await forger.removeProofs();
    fixture.services = fixture.freshServices();
    fixture.pass(HOUR);
    fixture.aws.faultService(({ service }) => service === "kms", "drop");
    await expect(fixture.enforce()).rejects.toMatchObject({
      name: "LedgerUnusable",
      message: expect.stringMatching(/KMS key .* does not answer.*Check the network path to KMS/),
    });
    expect(await access("sl_bob")).toBe("nothing");
    fixture.aws.clearFaults();
  });

  it("fails an apply before any statement; the ledger then is proven as it was", async () => {
    await fixture.planAndApply("orders", rosterOf({}));
    fixture.services = fixture.freshServices();
    fixture.aws.faultService(({ service }) => service === "kms", "drop");
    const roster = rosterOf({ eve: "read" });
    const plan = await fixture.preview("orders", roster);
    expect(plan.body.notes.join()).toMatch(/cannot be checked/);
    await expect(fixture.apply("orders", roster, plan)).rejects.toMatchObject({
      name: "LedgerUnusable",
      message: expect.stringMatching(/KMS key .* does not answer.*Check the network path to KMS/),
    });
    expect(await access("sl_eve")).toBe("nothing");
    fixture.aws.clearFaults();
    fixture.services = fixture.freshServices();
    expect((await fixture.preview("orders", roster)).body.notes.join()).not.toMatch(/proof/);
    await fixture.planAndApply("orders", roster);
    expect(await access("sl_eve")).toBe("read");
  });
});

describe("a source's item that somebody else wrote", () => {
  const forge = async (proof: Proof, sameDocument: boolean) => {
    const id = await forger.roster(rosterOf({ mallory: "write", sue: "write" }));
    const known = sameDocument ? {} : { sha256: "0".repeat(64), parameterVersion: 999, modified: "2099" };
    await forger.write(ITEM, { target: id, applied: id, ...known }, proof);
  };

  it.each<[Proof, boolean]>([
    ["without a proof", true],
    ["without a proof", false],
    ["with the proof of the item that it replaces", true],
    ["with the proof of another item", false],
    ["with a proof by a key of the forger", true],
  ])(
    "%s (as the document that is in force: %s) gives nothing; the parameter is read again",
    async (...how) => {
      await forge(...how);
      const plan = await fixture.preview("orders", rosterOf({}));
      expect(plan.sql).toEqual([]);
      await fixture.apply("orders", rosterOf({}), plan);
      await fixture.enforce();
      expect([await access("sl_mallory"), await access("sl_sue")]).toEqual(["nothing", "read"]);
      expect((await fixture.services.sources.ledger.item("orders", "shop/prod")).unproven).toBeUndefined();
    },
  );

  it("gives nothing either while the parameter's document is refused", async () => {
    await put("sue", "sue");
    await forge("without a proof", true);
    await fixture.enforce();
    expect([await access("sl_mallory"), await access("sl_sue")]).toEqual(["nothing", "read"]);
  });

  it.each<[Proof]>([
    ["without a proof"],
    ["with the proof of the item that it replaces"],
    ["with a proof by a key of the forger"],
  ])("%s makes no account that someone made by hand the source's own", async proof => {
    await fixture.root.query("CREATE USER 'sl_backup'@'%' IDENTIFIED BY 'Hand-made-1!'");
    const show = async () =>
      JSON.stringify((await fixture.root.query("SHOW CREATE USER 'sl_backup'@'%'"))[0]);
    const before = await show();
    await put("sue", "backup");
    await forger.write(ITEM, await forger.accounts("shop/prod", "sl_backup", "sl_sue"), proof);
    for (const names of [["sue", "backup"], ["sue", "backup", "tom"], ["sue"]]) {
      await put(...names);
      await fixture.enforce();
      expect(await access("sl_sue")).toBe("read");
      if (names.includes("backup")) expect(await show()).toBe(before);
    }
    await fixture.root.query("DROP USER IF EXISTS 'sl_backup'@'%'");
  });
});
