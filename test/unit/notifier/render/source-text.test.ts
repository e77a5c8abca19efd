import type { AccessEvent, EventDetail } from "../../../../core/events/events";
import { mailMessage } from "../../../../lambdas/notifier/channels/mail-message";
import { mailRecipients } from "../../../../lambdas/notifier/channels/mail-recipients";
import { topicMessage } from "../../../../lambdas/notifier/channels/topic-message";
import { renderSubject } from "../../../../lambdas/notifier/render/templates";
import { viewOf } from "../../../../lambdas/notifier/render/view";
import { granted, read } from "../../../support/notifier-events";

const TEXT = "Pay at evil.example";
/** An event of an account that a source declares, with its text everywhere. */
const ofSource = (more: Partial<EventDetail<"access.granted">> = {}): AccessEvent =>
  granted({
    source: "shop/prod",
    account: `sl_${TEXT}`,
    user: TEXT,
    name: TEXT,
    after: [read("orders", { reason: TEXT, project: "shop/prod" })],
    ...more,
  });
const mailOf = (event: AccessEvent, templates = new Map<string, string>()) => {
  const [recipient] = mailRecipients(event, { person: true, owners: false, addresses: [] });
  return mailMessage({ from: "access@example.com" }, recipient!, templates);
};

describe("the free text of a source", () => {
  it.each<[string, Partial<EventDetail<"access.granted">>]>([
    ["a person with a full name", {}],
    ["a person without one", { name: undefined }],
    ["a service", { kind: "service" }],
  ])("is in no subject, greeting or header of a mail: %s", (_, more) => {
    const { html, subject, text, to } = mailOf(ofSource(more));
    expect(subject).toBe("orders: an account of shop/prod can log in now");
    expect(to).toEqual([{ name: "", address: "jane.doe@example.com" }]);
    const [first] = text.split("\n");
    // A service is not greeted: the text begins with its account.
    expect(first).toMatch(more.kind === "service" ? /^The account sl_.* on orders was created/ : /^Hello,$/);
    expect(html).not.toMatch(/Hello[^<]*<bdi>/);
    expect(text).toContain(`sl_${TEXT}`);
  });

  it.each([
    ["{{account}}: {{name}}{{user}}{{email}}", "an account of shop/prod:"],
    ["{{#lines}}{{reason}}{{project}}{{/lines}}.", "."],
    ["{{#login}}{{tokenCommand}}{{/login}}!", "!"],
  ])("is in no subject of a template of one's own: %s", (template, expected) =>
    expect(mailOf(ofSource(), new Map([["access.granted.subject", template]])).subject).toBe(expected),
  );

  it("is in no title of a chat or a topic", () => {
    expect(renderSubject(viewOf(ofSource()))).toBe("orders: an account of shop/prod can log in now");
    expect(topicMessage("arn:aws:sns:eu-west-1:1:t", ofSource()).subject).not.toContain("evil");
  });

  it("of reviewed accounts stays where it was", () => {
    const { subject, text, to } = mailOf(granted());
    expect(subject).toBe("orders: sl_jane.doe can log in now");
    expect(text).toMatch(/^Hello Jane Doe,\n/);
    expect(to).toEqual([{ name: "Jane Doe", address: "jane.doe@example.com" }]);
  });
});
