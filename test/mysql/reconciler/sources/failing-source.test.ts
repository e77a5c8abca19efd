import type { Services } from "../../../../lambdas/reconciler/services/services";
import { rosterOf } from "../../../support/observed";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { putText, putUsers, source } from "./source-suite";

const fixture = enforcementFixture({ entry: { sources: [source] } });
type Parameters = Services["sources"]["parameters"];

/** The services with another Parameter Store. */
const servicesWith = (overrides: (given: Parameters) => Partial<Parameters>): Services => {
  const { sources } = fixture.services;
  const given: Parameters = {
    read: name => sources.parameters.read(name),
    pieces: names => sources.parameters.pieces(names),
    author: (name, version) => sources.parameters.author(name, version),
  };
  const parameters = { ...given, ...overrides(given) };
  return { ...fixture.services, sources: { ...sources, parameters } };
};
const canLogIn = async (user: string): Promise<boolean> => {
  const session = await fixture.session(user).catch(() => undefined);
  session?.destroy();
  return session !== undefined;
};

describe("a source that fails", () => {
  it.each<[string, number, () => Promise<void>, () => Services, string]>([
    [
      "because of a bug",
      1,
      () => putUsers(["alice"]),
      () => servicesWith(() => ({ read: () => Promise.reject(new TypeError("a bug")) })),
      "SourceFailed",
    ],
    [
      "because its item would pass the 400 KB of DynamoDB",
      2,
      () => putUsers(["alice"]),
      () => servicesWith(() => ({ author: async () => "x".repeat(450_000) })),
      "SourceFailed",
    ],
    [
      "because its document is nested as deeply as it is long",
      3,
      () => putText("[".repeat(7_000)),
      () => fixture.services,
      "SourceBroken",
    ],
  ])("ends no run: a reviewed grant ends on its date, %s", async (_, days, write, services, code) => {
    const reviewed = rosterOf({ sl_bob: { orders: { role: "read", expires: fixture.at(HOUR) } } });
    await fixture.planAndApply("orders", reviewed);
    expect(await canLogIn("sl_bob")).toBe(true);
    await write();
    fixture.forgetEvents();
    // A source's faults are reported once an hour.
    fixture.pass(days * 24 * HOUR);
    expect(await fixture.enforce("orders", services())).toMatchObject({ outcome: "enforced", statements: 1 });
    expect(await canLogIn("sl_bob")).toBe(false);
    const [failed] = fixture.events("reconcile.failed");
    expect(failed?.detail).toMatchObject({ code, action: "parameter" });
    await putUsers([]);
    await fixture.enforce();
  });
});

describe("a source and the rules of the reviewed roster", () => {
  const right = (database: string) => ({ role: "write", strength: "change" as const, databases: [database] });
  const rules = { duties: { neverTogether: [right("vault"), right("orders")], why: "four eyes" } };
  const plain = rosterOf({ sl_jane: { vault: "write" } });
  const ruled = { ...plain, rules };
  const writes = async (user: string): Promise<boolean> => {
    const session = await fixture.session(user);
    const isWritten = await session.query("INSERT INTO orders.t VALUES (1)").then(
      () => true,
      (error: { readonly errno?: number }) => {
        expect([1044, 1142]).toContain(error.errno);
        return false;
      },
    );
    await session.end().catch(() => {});
    return isWritten;
  };
  beforeEach(() => fixture.pass(40 * 24 * HOUR));

  it("gives nobody what the rules refuse, and says so once", async () => {
    await putUsers([]);
    await fixture.enforce();
    await fixture.planAndApply("orders", ruled);
    await putUsers([{ name: "jane", role: "write" }, "carol"]);
    fixture.forgetEvents();
    await fixture.enforce();
    await fixture.enforce();
    expect(fixture.events("reconcile.failed").map(({ detail }) => detail)).toMatchObject([
      { code: "SourceBreaksRules", action: "parameter" },
    ]);
    expect(await writes("sl_jane")).toBe(false);
    expect(await canLogIn("sl_carol")).toBe(false);
    await putUsers(["carol"]);
    await fixture.enforce();
    expect(await canLogIn("sl_carol")).toBe(true);
  });

  it("loses what it gave before there was a rule, by an apply and by enforcement", async () => {
    await putUsers([]);
    await fixture.planAndApply("orders", plain);
    await putUsers([{ name: "jane", role: "write" }, "carol"]);
    await fixture.enforce();
    expect(await writes("sl_jane")).toBe(true);
    const seen = await fixture.preview("orders", ruled);
    expect(seen.body.notes.join()).toContain("sl_jane cannot be as Parameter Store says, and gets less");
    await fixture.planAndApply("orders", ruled);
    expect(await writes("sl_jane")).toBe(false);
    expect(await canLogIn("sl_carol")).toBe(true);
    expect(await fixture.preview("orders", ruled)).toMatchObject({ pending: 0 });
    await fixture.root.query("GRANT INSERT ON orders.* TO sl_jane");
    await putUsers([{ name: "jane", role: "write" }, "carol", "dora"]);
    await fixture.enforce();
    await fixture.planAndApply("orders", ruled);
    expect(await writes("sl_jane")).toBe(false);
  });

  it("and what breaks a rule without it: refused by the preview and by apply, and nobody is created", async () => {
    const both = rosterOf({ sl_zoe: { vault: "write", orders: "write" } });
    const broken = { ...both, rules };
    const refused = await fixture.preview("orders", broken);
    expect(refused.body).toMatchObject({ status: "refused", statements: {} });
    expect(refused.body.notes[0]).toMatch(/^zoe holds .* \(sl_zoe\).* The rule duties forbids it: four eyes/);
    const shown = await fixture.preview("orders", both);
    await expect(fixture.apply("orders", broken, shown)).rejects.toThrow(/The rule duties forbids it/);
    expect(await canLogIn("sl_zoe")).toBe(false);
  });
});
