import type { DatabaseGrant, Roster, RosterAccount } from "../../../../core/roster/roster";
import { account, changed, jane, LATE, PAST, roster, SOON } from "./changed-access";

describe("marks", () => {
  const marks = (
    before: Record<string, DatabaseGrant>,
    after: Record<string, DatabaseGrant>,
    { cluster = "orders", ...more }: Partial<RosterAccount> & { cluster?: string } = {},
    rest: Partial<Roster> = {},
  ) =>
    changed({ ...jane(before, more), ...rest }, { ...jane(after, more), ...rest }, cluster).flatMap(
      change => change.marks,
    );
  const soon = { expires: SOON };

  it("names the first administrator of a database, and no second one", () => {
    expect(marks({}, { shop: { role: "admin", ...soon } })).toEqual(["first administrator"]);
    const amy = { sl_amy: account({ shop: { role: "admin" } }, { user: "amy" }) };
    const before = roster(amy);
    const after = roster({ ...amy, sl_jane: account({ shop: { role: "admin", ...soon } }) });
    expect(changed(before, after).flatMap(change => change.marks)).toEqual([]);
  });

  it("an administrator whose access has expired is none", () => {
    const before = roster({ sl_amy: account({ shop: { role: "admin", expires: PAST } }, { user: "amy" }) });
    const after = roster({ ...before.accounts, sl_jane: account({ shop: { role: "admin", ...soon } }) });
    expect(changed(before, after).flatMap(change => change.marks)).toEqual(["first administrator"]);
  });

  it.each<[string, string, DatabaseGrant, string[]]>([
    ["a cluster", "orders-prod", { role: "write" }, ["production write without an end"]],
    [
      "an environment",
      "orders",
      { role: "write", project: "shop/production" },
      ["production write without an end"],
    ],
    ["no production", "products", { role: "write" }, []],
    ["reading", "orders-prod", { role: "read" }, []],
    ["an end", "orders-prod", { role: "write", ...soon }, []],
  ])("production write without an end: %s", (_, cluster, grant, expected) => {
    expect(marks({}, { shop: grant }, { cluster })).toEqual(expected);
  });

  it("an end that is more than 90 days ahead", () => {
    const at = (expires: string) => marks({}, { shop: { role: "read", expires } });
    expect(at("2027-02-18T12:00:00Z")).toEqual([]);
    expect(at("2027-02-18T12:00:01Z")).toEqual(["ends in more than 90 days"]);
    expect(marks({ shop: { role: "read", ...soon } }, { shop: { role: "read", expires: LATE } })).toEqual([
      "ends in more than 90 days",
    ]);
  });

  it("an agent, a suspended account, and the owner of a project who grants themselves", () => {
    const grant = { shop: { role: "read", ...soon } };
    expect(marks({}, grant, { kind: "agent", owner: "amy" })).toEqual(["agent"]);
    expect(marks({}, grant, { suspended: true })).toEqual(["suspended"]);
    const projects = { shop: { owner: { email: "Jane@example.com" } } };
    const own = { shop: { role: "read", project: "shop/dev", ...soon } };
    expect(marks({}, own, { email: "jane@example.com" }, { projects })).toEqual(["owner grants themselves"]);
    expect(marks({}, own, { email: "amy@example.com" }, { projects })).toEqual([]);
  });

  it("are of what is given: a loss has none", () => {
    expect(
      marks({ shop: { role: "admin" } }, { shop: { role: "write" } }, { cluster: "orders-prod" }),
    ).toEqual([]);
  });
});
