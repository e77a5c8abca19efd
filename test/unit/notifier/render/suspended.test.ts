import type { AccessEvent, EventDetail } from "../../../../core/events/events";
import { summaryOf } from "../../../../lambdas/notifier/render/summary";
import { renderHtml, renderSubject, renderText } from "../../../../lambdas/notifier/render/templates";
import { viewOf } from "../../../../lambdas/notifier/render/view";
import { digest, granted, jane, read } from "../../../support/notifier-events";

const changed = (suspended?: boolean): AccessEvent => {
  const detail = { ...granted({ before: [read("orders")], after: [read("orders")] }).detail };
  return { type: "access.changed", detail: { ...detail, suspended } as EventDetail<"access.changed"> };
};

describe("messages about a suspended account", () => {
  it.each([
    [changed(true), "is suspended", /is suspended: nobody can log in to it\.\s+It\s+keeps/],
    [changed(false), "is no longer suspended", /is no longer suspended\. It can\s+reach/],
    [granted({ suspended: true }), "was created, and is suspended", /nobody\s+can\s+log\s+in\s+to\s+it/],
    [changed(), "has other access", /has other access/],
  ])("%# say so, and say how to log in only if somebody can", (event, subject, text) => {
    const view = viewOf(event);
    const isShut = "suspended" in event.detail && event.detail.suspended === true;
    expect(renderSubject(view)).toBe(`orders: sl_jane.doe ${subject}`);
    expect(renderText(view)).toMatch(text);
    expect(renderHtml(view)).toContain(subject);
    expect(renderHtml(view).match(/<!doctype html>/g)).toHaveLength(1);
    for (const part of [renderText(view), renderHtml(view)])
      expect(/how to log in/i.test(part)).toBe(!isShut);
    const [access] = summaryOf(view).items;
    expect(access!.heading[0]!.text).toBe(isShut ? "Suspended. It keeps" : "Access");
  });

  it("of a service with a password name its secret, and no token", () => {
    const view = viewOf(granted({ authentication: "password" }));
    for (const part of [renderText(view), renderHtml(view)]) {
      expect(/how to log in/i.test(part)).toBe(false);
      expect(part.replace(/\s+/g, " ")).toMatch(
        /the password in the account(&#39;|')s secret in Secrets Manager/,
      );
    }
  });

  it("of a login that was there before name its own password, and no token", () => {
    const view = viewOf(granted({ authentication: "existing" }));
    for (const part of [renderText(view), renderHtml(view)]) {
      expect(/how to log in/i.test(part)).toBe(false);
      expect(part.replace(/\s+/g, " ")).toContain("the password that the account has already");
    }
  });

  it("what a login has to keep to is listed, where there is anything", () => {
    const limits = { connections: 1, queriesPerHour: 5, updatesPerHour: 0 };
    const view = viewOf(granted({ limits, tls: { subject: "/CN=a", issuer: "/CN=b" } }));
    expect(view.terms).toEqual([
      "at most 1 connection at a time",
      "at most 5 statements an hour",
      "a certificate of subject /CN=a and of issuer /CN=b",
    ]);
    expect(summaryOf(view).items).toHaveLength(2);
    for (const part of [renderText(view), renderHtml(view)]) expect(part).toContain("at most 5 statements");
    expect(viewOf(granted({ tls: "x509" })).terms).toEqual(["a certificate"]);
    expect(renderText(viewOf(granted()))).not.toContain("keep to");
  });

  it("the message about a run says it of each account", () => {
    const same = { before: [read("orders")], after: [read("orders")] };
    const people = [
      { ...jane, change: "changed", suspended: true, ...same },
      { ...jane, change: "changed", suspended: false, ...same },
      { ...jane, change: "granted", suspended: true, ...same },
      { ...jane, change: "revoked", suspended: true, ...same },
    ] as const;
    expect(viewOf(digest({ changes: [...people] })).people.map(({ what }) => what)).toEqual([
      "is suspended",
      "is no longer suspended",
      "was created, and is suspended",
      "can no longer log in",
    ]);
  });
});
