import type { Services } from "../../../../lambdas/reconciler/services/services";
import { rosterOf } from "../../../support/observed";
import { enforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { putText, putUsers, source } from "./source-suite";

const fixture = enforcementFixture({ dropsAccounts: true, entry: { sources: [source] } });
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
