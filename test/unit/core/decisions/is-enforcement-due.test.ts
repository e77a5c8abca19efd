import {
  isAnyoneShutOut,
  isEnforcementDue,
  type KnownEnforcement,
} from "../../../../core/decisions/is-enforcement-due";
import type { KnownCluster, KnownSource } from "../../../../core/decisions/known-cluster";
import type { OffboardMark } from "../../../../core/roster/offboarded";
import { rosterOf } from "../../../support/observed";
import { EARLIER, halfWay, LATER, NOW, settledOn, sourceOf } from "./known";

const lasting = rosterOf({ sl_a: { orders: "read" } });
const ended = rosterOf({ sl_a: { orders: { role: "read", expires: EARLIER } } });
const later = rosterOf({ sl_a: { orders: { role: "read", expires: LATER } } });
const SINCE = { lastSuccess: "2026-11-18T00:00:00Z" };
const isDue = (
  state: KnownCluster,
  sources: readonly KnownSource[] = [],
  record: KnownEnforcement = SINCE,
): boolean => isEnforcementDue(state, sources, record, NOW);

describe("enforcement is due", () => {
  it("if no run ever succeeded, or one died", () => {
    expect(isDue(settledOn(lasting), [], {})).toBe(true);
    expect(isDue(settledOn(lasting), [], { ...SINCE, open: { expired: [] } })).toBe(true);
  });

  it("if sessions are still to be ended on an instance that was out of reach", () => {
    expect(isDue(settledOn(lasting), [], { ...SINCE, isLeft: true })).toBe(true);
  });

  it("if a grant ended since the last success, in the target or the applied roster", () => {
    expect(isDue(settledOn(ended))).toBe(true);
    expect(isDue(halfWay(ended, lasting))).toBe(true);
    expect(isDue(halfWay(lasting, ended))).toBe(true);
  });

  it.each(["2026-11-18T00:00:01Z", EARLIER, NOW.toISOString()])(
    "once no login can be late any more (%s)",
    lateLogins => {
      expect(isDue(settledOn(lasting), [], { ...SINCE, lateLogins })).toBe(true);
    },
  );

  it.each(["offboarded", "reinstated"] as const)("if somebody was %s since the last success", state => {
    const marked = (at: string) => ({ ...settledOn(lasting), offboarded: [{ person: "jane", state, at }] });
    expect([SINCE.lastSuccess, EARLIER, LATER].map(at => isDue(marked(at)))).toEqual([true, true, true]);
    expect(isDue(marked("2026-11-17T23:59:59Z"))).toBe(false);
  });

  it("with a look at each server if somebody was offboarded since then, and not once a run has succeeded", () => {
    const since = (at: string, state: OffboardMark["state"] = "offboarded") =>
      isAnyoneShutOut([{ person: "jane", state, at }], SINCE.lastSuccess);
    expect([since(SINCE.lastSuccess), since(LATER), since("2026-11-17T23:59:59Z")]).toEqual([
      true,
      true,
      false,
    ]);
    expect(since(LATER, "reinstated")).toBe(false);
    expect(isAnyoneShutOut([{ person: "jane", state: "offboarded", at: EARLIER }], undefined)).toBe(true);
    expect(isAnyoneShutOut([], undefined)).toBe(false);
  });

  it("if a source changed, or its grant ended", () => {
    expect(isDue(settledOn(lasting), [sourceOf(lasting, { pending: ["sl_a"] })])).toBe(true);
    expect(isDue(settledOn(lasting), [sourceOf(lasting, { formerly: ["sl_b"] })])).toBe(true);
    expect(isDue(settledOn(lasting), [sourceOf(ended)])).toBe(true);
  });

  it("if a grant ended that a withdrawn source still has in effect", () => {
    const withdrawn = { effective: ended, withdrawn: true };
    expect(isDue(settledOn(lasting), [sourceOf(lasting, withdrawn)])).toBe(true);
  });
});

describe("enforcement is not due", () => {
  it("if no grant ended since the last success", () => {
    expect(isDue(settledOn(lasting), [sourceOf(lasting)])).toBe(false);
    expect(isDue(settledOn(later))).toBe(false);
    expect(isDue(settledOn(ended), [], { lastSuccess: "2026-11-19T12:00:00Z" })).toBe(false);
  });

  it.each(["2026-11-17T00:00:00Z", SINCE.lastSuccess, LATER, "nonsense"])(
    "if no login was late since the last success, or one still can be (%s)",
    lateLogins => {
      expect(isDue(settledOn(lasting), [], { ...SINCE, lateLogins })).toBe(false);
    },
  );

  it("for the changes of a source that the registry no longer names", () => {
    const withdrawn = { pending: ["sl_a"], formerly: ["sl_b"], effective: lasting, withdrawn: true };
    expect(isDue(settledOn(lasting), [sourceOf(ended, withdrawn)])).toBe(false);
  });
});
