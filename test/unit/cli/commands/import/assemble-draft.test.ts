import { type AssembledDraft, assembleDraft } from "../../../../../cli/commands/import/assemble-draft";
import type { NamedByConstruct } from "../../../../../core/import/inventory";
import type { Person } from "../../../../../core/import/people";
import { defined } from "../../../../../core/json";
import type { ObservedAccount, ObservedState } from "../../../../../core/mysql";
import { UsersFolder } from "../../../../../reader";
import { row } from "../../../../support/assemble";
import { inventoryWith } from "../../../../support/inventory";
import { definedObject, observedAccount } from "../../../../support/observed";

const byPassword = { plugin: "caching_sha2_password", authenticationString: "$A$005$x", tls: "" };
const found = (user: string, overrides: Partial<ObservedAccount> = {}) =>
  observedAccount(user, { databases: [row("orders", "SELECT")], ...byPassword, ...overrides });

interface Asked extends NamedByConstruct {
  readonly accounts: readonly ObservedAccount[];
  readonly asIs?: boolean;
  readonly prefix?: string;
  readonly observed?: Partial<ObservedState>;
  /** The end of everyone's access. */
  readonly expires?: string;
  /** The files that there are already, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A draft in which every account is a service, but for `jane`. */
function assembled(asked: Asked): AssembledDraft {
  const { accounts, asIs = false, expires, files = {}, observed, ...names } = asked;
  const personOf = (account: string): Person =>
    account === "jane"
      ? { account, kind: "person", email: "jane@example.com", ...defined({ expires }) }
      : { account, kind: "service", ...defined({ expires }) };
  const people = new Map(accounts.map(({ user }) => [user, personOf(user)]));
  const texts = Object.entries(files).map(([name, text]) => ({ file: `users/${name}`, name, text }));
  const folder = new UsersFolder("users", texts);
  const request = { cluster: "orders", asIs, people, folder, now: new Date("2026-12-01T00:00:00Z") };
  return assembleDraft({ ...inventoryWith(accounts, observed), ...names }, request);
}
const sqlOf = ({ plan }: AssembledDraft) => plan.statements.map(({ sql }) => sql);
const reasonsOf = ({ draft }: AssembledDraft) =>
  Object.fromEntries(draft.leftOut.map(({ reasons, user }) => [user, reasons.join("; ")]));
const rosterOf = ({ roster }: AssembledDraft) => Object.keys(roster.accounts).sort();

const APP = "name: app\nkind: service\nlogin: existing\n";
const GRANTS = "grants:\n  - cluster: orders\n    databases: [orders]\n    role: read\n";

describe("the files of an import", () => {
  it("are in an order in which those that others need come first", () => {
    const accounts = [found("aa_app", { databases: [row("orders", "INSERT")] })];
    const { texts } = assembled({ accounts, prefix: "aa" });
    expect([...texts.keys()]).toEqual(["settings.yaml", "roles.yaml", "app.yaml"]);
  });

  it("are in the way where only the case of their names differs", () => {
    const files = { "App.yaml": APP.replace("app", "App") + GRANTS.replace("orders\n", "billing\n") };
    expect(assembled({ accounts: [found("sl_app")], files }).inTheWay).toEqual(["App.yaml"]);
  });
});

describe("an import of accounts without the prefix", () => {
  it("as they are keeps their names, and the next plan has no statement", () => {
    const result = assembled({ accounts: [found("legacy"), found("jane"), found("sl_app")], asIs: true });
    expect(result.draft.names).toEqual({ alsoManages: ["jane@%", "legacy@%"] });
    expect(rosterOf(result)).toEqual(["jane", "legacy", "sl_app"]);
    expect([sqlOf(result), result.plan.problems, result.draft.leftOut]).toEqual([[], [], []]);
  });

  it("else gives them the prefix, and announces what that runs and means", () => {
    const result = assembled({ accounts: [found("legacy"), found("jane")] });
    expect(result.draft.names).toEqual({ takeOver: { jane: "jane@%", legacy: "legacy@%" } });
    expect(rosterOf(result)).toEqual(["sl_jane", "sl_legacy"]);
    expect(sqlOf(result)).toEqual([
      "RENAME USER 'jane'@'%' TO 'sl_jane'@'%'",
      "RENAME USER 'legacy'@'%' TO 'sl_legacy'@'%'",
      expect.stringMatching(/^ALTER USER 'sl_jane'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'/),
    ]);
    expect(result.plan.notes.join()).toContain("'legacy'@'%' is taken over: it becomes 'sl_legacy'@'%'");
  });

  it("also renames a locked one", () => {
    const result = assembled({ accounts: [found("legacy", { locked: true })] });
    expect([reasonsOf(result), sqlOf(result)]).toEqual([{}, ["RENAME USER 'legacy'@'%' TO 'sl_legacy'@'%'"]]);
  });

  it("leaves out what the plan refuses by the name that the account gets", () => {
    const held = found("legacy", { databases: [row("orders", "DROP")] });
    const result = assembled({ accounts: [held, found("sl_app")] });
    expect(reasonsOf(result)).toEqual({
      legacy: expect.stringMatching(/lacks DROP on orders and cannot give it to 'sl_legacy'@'%'/),
    });
    expect([rosterOf(result), result.plan.problems, result.draft.names]).toEqual([["sl_app"], [], {}]);
  });

  it("leaves out what would not be renamed, with the reason", () => {
    const view = found("legacy", { definerOf: [definedObject("VIEW orders.v")] });
    const result = assembled({ accounts: [view, { ...view, user: "jane" }, found("sl_app")] });
    const reason = /not renamed to sl_.*: it is the DEFINER of VIEW orders\.v/;
    expect(reasonsOf(result)).toEqual({
      jane: expect.stringMatching(reason),
      legacy: expect.stringMatching(reason),
    });
    expect([rosterOf(result), result.draft.names, sqlOf(result)]).toEqual([["sl_app"], {}, []]);
    expect(rosterOf(assembled({ accounts: [view], asIs: true }))).toEqual(["legacy"]);
  });

  it("leaves out what would not be renamed since objects wait for its new name", () => {
    const orphaned = { user: "sl_legacy", host: "%", objects: [definedObject("VIEW orders.v")] };
    const accounts = [found("legacy"), found("sl_app")];
    const result = assembled({ accounts, observed: { orphanedDefiners: [orphaned] } });
    expect(reasonsOf(result)).toEqual({
      legacy: expect.stringMatching(
        /not rename it to sl_legacy: .* VIEW orders\.v would run with its rights/,
      ),
    });
    expect([rosterOf(result), sqlOf(result)]).toEqual([["sl_app"], []]);
  });

  it("leaves out what would not be renamed since its access has ended", () => {
    const result = assembled({ accounts: [found("legacy"), found("jane")], expires: "2026-11-30" });
    const reason = "the next plan would not rename it to sl_legacy: its access has ended";
    expect(reasonsOf(result)["legacy"]).toContain(reason);
    expect([rosterOf(result), sqlOf(result)]).toEqual([[], []]);
    const later = assembled({ accounts: [found("legacy")], expires: "2026-12-02" });
    expect([reasonsOf(later), rosterOf(later)]).toEqual([{}, ["sl_legacy"]]);
  });

  it("leaves out what no construct can name, with its reason", () => {
    const accounts = [found("__proto__"), found("far", { host: "10.%" }), found("old"), found("sl_old")];
    const result = assembled({ accounts });
    expect(reasonsOf(result)).toEqual({
      ["__proto__"]: expect.stringContaining('"__proto__" is no user'),
      far: expect.stringContaining("another host than `%`"),
      old: expect.stringContaining("sl_old exists"),
    });
    expect(rosterOf(result)).toEqual(["sl_old"]);
  });

  it("follows what the construct says of them already", () => {
    const accounts = [found("kept"), found("jane")];
    const names = { alsoManages: ["kept@%"], takeOver: { "jane.doe": "jane@%" } };
    const result = assembled({ accounts, ...names });
    expect(result.draft.names).toEqual(names);
    expect(rosterOf(result)).toEqual(["kept", "sl_jane.doe"]);
    expect(sqlOf(result)[0]).toBe("RENAME USER 'jane'@'%' TO 'sl_jane.doe'@'%'");
    const asIs = assembled({ accounts, asIs: true, ...names });
    expect(reasonsOf(asIs)["jane"]).toContain("would not leave it as it is: RENAME USER 'jane'@'%'");
    expect([rosterOf(asIs), sqlOf(asIs)]).toEqual([["kept"], []]);
  });

  it("does not take one for another whose name the construct has given away", () => {
    const result = assembled({ accounts: [found("app"), found("sl_app")], alsoManages: ["app@%"] });
    expect(reasonsOf(result)).toEqual({
      app: expect.stringContaining("sl_app exists"),
      sl_app: expect.stringContaining("`alsoManages` names app"),
    });
  });

  it("knows those that the folder declares, before the construct names them and after", () => {
    const asked = { accounts: [found("app")], files: { "app.yaml": APP + GRANTS } };
    const renamed = assembled(asked);
    expect([renamed.draft.declared, renamed.inTheWay]).toEqual([["app"], []]);
    expect(renamed.draft.names).toEqual({ takeOver: { app: "app@%" } });
    expect(sqlOf(renamed)).toEqual(["RENAME USER 'app'@'%' TO 'sl_app'@'%'"]);
    const kept = assembled({ ...asked, asIs: true });
    expect([kept.draft.declared, kept.draft.names]).toEqual([["app"], { alsoManages: ["app@%"] }]);
    expect(sqlOf(kept)).toEqual([]);
    const other = { ...asked, files: { "app.doe.yaml": APP + GRANTS }, takeOver: { "app.doe": "app@%" } };
    expect([assembled(other).draft.declared, assembled(other).draft.files]).toEqual([["app"], []]);
  });

  it("names as many as a construct can", () => {
    const accounts = Array.from({ length: 102 }, (_, n) => found(`app${String(n).padStart(3, "0")}`));
    const result = assembled({ accounts, asIs: true });
    expect(result.draft.names.alsoManages).toHaveLength(100);
    expect(reasonsOf(result)).toEqual({
      app100: expect.stringContaining("at most 100 accounts"),
      app101: expect.stringContaining("at most 100 accounts"),
    });
  });
});
