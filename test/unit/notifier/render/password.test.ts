import type { AccessEvent } from "../../../../core/events/events";
import { mailRecipients } from "../../../../lambdas/notifier/channels/mail-recipients";
import { summaryOf } from "../../../../lambdas/notifier/render/summary";
import { renderHtml, renderSubject, renderText } from "../../../../lambdas/notifier/render/templates";
import { viewOf } from "../../../../lambdas/notifier/render/view";
import { rotated, rotationFailed } from "../../../support/notifier-events";

const SECRET = "aurora-users/orders/sl_sync";

describe("messages about a password", () => {
  it.each<[AccessEvent, string, readonly string[]]>([
    [rotated(), "orders: sl_sync has a new password", ["Order sync", SECRET, "2026-11-21 11:07 UTC"]],
    [
      rotationFailed(),
      "orders: the password of sl_sync was not rotated (AccountSecretUnusable)",
      ["Order sync", SECRET, "setSecret", "does not log in by the current password", "tries again"],
    ],
  ])("%# name the secret, and what to do", (event, subject, texts) => {
    const view = viewOf(event);
    expect(renderSubject(view)).toBe(subject);
    for (const part of [renderText(view), renderHtml(view).replaceAll("&#x2F;", "/")])
      for (const text of texts) expect(part.replace(/\s+/g, " ")).toContain(text);
    const { intro, items } = summaryOf(view);
    expect(JSON.stringify({ intro, items })).toContain(SECRET);
    expect(JSON.stringify(intro)).toContain("Secrets Manager rotates the password");
  });

  it("go to the service's address, and about a failure also to the list, each address once", () => {
    const to = { person: true, owners: true, addresses: ["ops@example.com", "Team <team@example.com>"] };
    const addresses = (event: AccessEvent, person = true) =>
      mailRecipients(event, { ...to, person }).map(({ address }) => address);
    expect(addresses(rotated({ email: "sync@example.com" }))).toEqual(["sync@example.com"]);
    expect(addresses(rotated())).toEqual([]);
    expect(addresses(rotationFailed({ email: "sync@example.com" }))).toEqual([
      "sync@example.com",
      ...to.addresses,
    ]);
    expect(addresses(rotationFailed({ email: "sync@example.com" }), false)).toEqual(to.addresses);
    expect(addresses(rotationFailed({ email: "TEAM@example.com" }))).toEqual(to.addresses);
  });
});
