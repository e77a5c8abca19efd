import {
  compareHolders,
  type HoldersBaseline,
  managedDatabases,
  reviewedAt,
} from "../../../../core/decisions/holders";
import { observedState, rosterOf } from "../../../support/observed";
import { shop } from "../../reconciler/sources/source-fixture";
import { EARLIER, entryOf, LATER, NOW } from "./known";

const shopapp = { user: "shopapp", host: "%" };
const PAYROLL = "'shopapp'@'%' reaches payroll";
const observed = (...grants: object[]) =>
  observedState([], {
    partialRevokes: false,
    outside: {
      grants: grants.map(grant => ({ account: shopapp, ...grant })) as never,
      roles: [],
      proxies: [],
    },
  });
const reaching = observed({ database: "payroll", reaches: true, grantOption: false });
const seenBefore = (since: string, databases = ["orders", "payroll"]): HoldersBaseline => ({
  databases,
  kinds: ["reaches", "can grant on", "can act as"],
  holders: { [PAYROLL]: since },
});
const compare = (databases: string[], baseline: HoldersBaseline, more: object = {}) =>
  compareHolders({ observed: reaching, prefix: "sl", databases, baseline, now: NOW, ...more });

describe("the databases whose holders are watched", () => {
  const source = (name: string, ...databases: string[]) => ({ ...shop, name, databases });
  it.each<[string, Parameters<typeof entryOf>[0], string[]]>([
    ["of the roster", {}, ["orders"]],
    ["of the ceiling", { ceiling: { privileges: ["SELECT"], databases: ["crm"] } }, ["crm", "orders"]],
    [
      "of a source, also while its document names nobody",
      { sources: [source("a", "shop")] },
      ["orders", "shop"],
    ],
    [
      "of several sources",
      { sources: [source("a", "shop", "crm"), source("b", "shop", "orders")] },
      ["crm", "orders", "shop"],
    ],
  ])("are those %s", (_, entry, expected) =>
    expect(managedDatabases(rosterOf({ sl_a: { orders: "read" } }), entryOf(entry))).toEqual(expected),
  );
});

describe("a holder that no plan has shown, of a database that leaves the roster,", () => {
  const since = String(EARLIER);
  it.each<[string, object, string]>([
    ["a privilege", { database: "payroll", reaches: true, grantOption: false }, PAYROLL],
    [
      "GRANT OPTION",
      { database: "payroll", reaches: false, grantOption: true },
      "'shopapp'@'%' can grant on payroll",
    ],
    ["a row of a pattern", { database: "pay%", reaches: true, grantOption: false }, PAYROLL],
  ])("stays unseen, and is no news when the database returns: %s", (_, grant, holder) => {
    const baseline = { ...seenBefore(since), holders: { [holder]: since } };
    const away = compare(["orders"], baseline, { observed: observed(grant) });
    expect(away).toMatchObject({ fresh: [], unseen: [{ holder, since }] });
    const back = compare(["orders", "payroll"], away.baseline, { observed: observed(grant) });
    expect(back).toMatchObject({ fresh: [], unseen: [{ holder, since }] });
  });

  it("leaves with it once it is gone, or once a plan has shown it", () => {
    const revoked = compare(["orders"], seenBefore(since), { observed: observed() });
    const accepted = compare(["orders"], seenBefore(since), { reviewedAt: NOW });
    for (const { baseline, unseen } of [revoked, accepted]) {
      expect(unseen).toEqual([]);
      const next = compare(["orders"], baseline, { observed: reaching });
      expect(next).toMatchObject({ unseen: [], baseline: { databases: ["orders"], holders: {} } });
    }
  });

  it("does not hide who comes while the database is away", () => {
    const away = compare(["orders"], seenBefore(since));
    const partner = { account: { user: "partner", host: "%" }, database: "payroll", reaches: true };
    const both = observed({ database: "payroll", reaches: true }, partner);
    const back = compare(["orders", "payroll"], away.baseline, { observed: both });
    expect(back.fresh).toEqual(["'partner'@'%' reaches payroll"]);
  });

  it.each([
    ["that a plan has shown", seenBefore("")],
    ["of which nobody knew", { ...seenBefore(since), holders: {} }],
    ["of a list that somebody else wrote", { ...seenBefore(since), unproven: "invalid" as const }],
  ])("is not one %s", (_, baseline) =>
    expect(compare(["orders"], baseline)).toMatchObject({ unseen: [], baseline: { holders: {} } }),
  );
});

describe("an apply accepts the holders that were recorded when its plan looked", () => {
  const body = (status: string, plannedAt = String(LATER)) => ({ status, plannedAt }) as never;
  it.each<[string, boolean, boolean]>([
    ["changes", true, true],
    ["none", true, true],
    ["unseen", true, false],
    ["unverified", true, false],
    ["refused", true, false],
    ["changes", false, false],
    ["none", false, false],
  ])("%s, gate known: %s: %s", (status, isGateKnown, accepts) => {
    const at = reviewedAt(body(status), isGateKnown);
    expect(at?.toISOString()).toBe(accepts ? new Date(LATER!).toISOString() : undefined);
    const { unseen } = compare(["payroll"], seenBefore(NOW.toISOString()), { reviewedAt: at });
    expect(unseen).toHaveLength(accepts ? 0 : 1);
  });
});
