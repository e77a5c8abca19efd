import { type ApplyFacts, applyEvents } from "../../../../core/decisions/apply-events";
import { type AccessEvent, EVENT_SCHEMAS } from "../../../../core/events/events";
import type { Roster } from "../../../../core/roster/roster";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";
import { EARLIER, headOf, registered, runOf, settledOn } from "./known";

const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });
const reader = (user: string) => observedAccount(user, { databases: [row("orders", "SELECT")] });
const roster = rosterOf({ sl_a: { orders: "read" }, sl_b: { orders: "read" } });
const factsOf = (overrides: Partial<ApplyFacts> = {}): ApplyFacts => ({
  ...registered(settledOn(rosterOf({ sl_a: { orders: "read" } }))),
  run: runOf("apply"),
  roster,
  observed: observedState([reader("sl_a")]),
  ...overrides,
});
const executed = (...touched: string[]) => ({
  ran: touched.length,
  touched: new Set(touched),
  sessionsEnded: 0,
});
const brief = (events: readonly AccessEvent[]) =>
  events.map(({ type, detail }) => ["account" in detail ? detail.account : "", type, detail.cause].join(" "));

describe("an apply", () => {
  it("reports what is new, and not to its holder what only the cluster had otherwise", () => {
    const { about, all } = applyEvents(factsOf());
    expect(brief(all(executed("sl_a", "sl_b"), { waiting: 0, leftOut: new Set() }))).toEqual([
      "sl_b access.granted grant",
      " reconcile.succeeded grant",
    ]);
    expect(about("sl_b")).toEqual({ user: "b", cause: "grant" });
    expect(about("sl_a")).toEqual({ user: "a", cause: "drift" });
  });

  it("reports accounts that statements did not change only if their access differs", () => {
    expect(brief(applyEvents(factsOf()).all(executed(), { waiting: 0, leftOut: new Set() }))).toEqual([
      "sl_b access.granted grant",
      " reconcile.succeeded grant",
    ]);
  });

  it("reports only changed accounts while statements wait for the next plan", () => {
    expect(brief(applyEvents(factsOf()).all(executed("sl_b"), { waiting: 1, leftOut: new Set() }))).toEqual([
      "sl_b access.granted grant",
      " reconcile.succeeded grant",
    ]);
  });

  it("does not report accounts that exist already if no apply ever succeeded", () => {
    const facts = factsOf({ ...registered({ head: headOf() }) });
    expect(brief(applyEvents(facts).all(executed("sl_b"), { waiting: 0, leftOut: new Set() }))).toEqual([
      "sl_b access.granted grant",
      " reconcile.succeeded grant",
    ]);
  });

  it("reports an account whose login the first apply takes over", () => {
    const facts = factsOf({ ...registered({ head: headOf() }) });
    expect(brief(applyEvents(facts).all(executed("sl_a"), { waiting: 0, leftOut: new Set() }))).toEqual([
      "sl_a access.changed grant",
      "sl_b access.granted grant",
      " reconcile.succeeded grant",
    ]);
  });

  it("tells the holder that the account is suspended, and when it no longer is", () => {
    const open = rosterOf({ sl_a: { orders: "read" } });
    const shut = withOptions(open, "sl_a", { suspended: true });
    const tell = (before: Roster, after: Roster) => {
      const { about, all } = applyEvents(factsOf({ ...registered(settledOn(before)), roster: after }));
      const [event] = all(executed("sl_a"), { waiting: 0, leftOut: new Set() });
      const { detail, type } = event!;
      expect(about("sl_a").cause).toBe("grant");
      expect(EVENT_SCHEMAS[type].safeParse(detail).success).toBe(true);
      return [
        type,
        (detail as { suspended?: boolean }).suspended,
        (detail as { after: unknown[] }).after.length,
      ];
    };
    expect(tell(open, shut)).toEqual(["access.changed", true, 1]);
    expect(tell(shut, open)).toEqual(["access.changed", false, 1]);
    expect(tell(rosterOf({}), shut)).toEqual(["access.granted", true, 1]);
    expect(tell(shut, rosterOf({}))).toEqual(["access.revoked", undefined, 0]);
  });

  it("that fails still reports access that has ended", () => {
    const ended = rosterOf({
      sl_a: { orders: { role: "read", expires: EARLIER } },
      sl_b: { orders: "read" },
    });
    const { about, ended: endedEvents } = applyEvents(factsOf({ roster: ended }));
    expect(about("sl_a").cause).toBe("expiry");
    expect(brief(endedEvents(executed("sl_a", "sl_b")))).toEqual(["sl_a access.expired expiry"]);
    expect(endedEvents(executed("sl_b"))).toEqual([]);
  });
});
