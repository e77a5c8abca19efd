import type { AccessEvent, EventDetail } from "../../../../core/events/events";
import { defined } from "../../../../core/json";
import { renderHtml, renderSubject, renderText } from "../../../../lambdas/notifier/render/templates";
import { viewOf } from "../../../../lambdas/notifier/render/view";
import { digest, granted, jane, read } from "../../../support/notifier-events";

const renamed = (formerly: string, suspended?: boolean): AccessEvent => {
  const { detail } = granted({ before: [read("orders")], after: [read("orders")] });
  const changed = { ...detail, formerly, ...defined({ suspended }) };
  return { type: "access.changed", detail: changed as EventDetail<"access.changed"> };
};

describe("messages about a renamed account", () => {
  it("name both accounts, and say how to log in", () => {
    const view = viewOf(renamed("sl_jane.roe"));
    expect(renderSubject(view)).toBe("orders: sl_jane.doe was sl_jane.roe until now");
    expect(renderText(view).replace(/\s+/g, " ")).toContain(
      "Your account sl_jane.doe on orders was sl_jane.roe until now, and logs in by its new name. It can reach:",
    );
    expect(renderHtml(view)).toContain("sl_jane.roe");
    expect(renderHtml(view).match(/<!doctype html>/g)).toHaveLength(1);
    for (const part of [renderText(view), renderHtml(view)]) expect(part).toMatch(/how to log in/i);
  });

  it("are those of a suspended account, if it is", () => {
    expect(renderSubject(viewOf(renamed("sl_jane.roe", true)))).toBe("orders: sl_jane.doe is suspended");
  });

  it("hold no markup of a name", () => {
    const html = renderHtml(viewOf(renamed("sl_<b>x</b>")));
    expect(html).not.toContain("<b>x</b>");
    expect(html).toContain("sl_&lt;b&gt;x");
  });

  it("the message about a run says it of each account", () => {
    const same = { before: [read("orders")], after: [read("orders")] };
    const changes = [
      { ...jane, change: "changed" as const, formerly: "sl_jane.roe", ...same },
      { ...jane, change: "changed" as const, formerly: "sl_jane.roe", suspended: true, ...same },
    ];
    expect(viewOf(digest({ changes })).people.map(({ what }) => what)).toEqual([
      "was sl_jane.roe until now",
      "was sl_jane.roe until now, and is suspended",
    ]);
  });
});
