import type * as Cards from "adaptivecards";
import type { AccessEvent } from "../../../../core/events/events";
import {
  SLACK_LIMITS,
  type SlackMessage,
  slackMessage,
} from "../../../../lambdas/notifier/channels/slack-message";
import { TEAMS_BYTES, teamsMessage } from "../../../../lambdas/notifier/channels/teams-card";
import { topicMessage } from "../../../../lambdas/notifier/channels/topic-message";
import { summaryOf } from "../../../../lambdas/notifier/render/summary";
import { renderSubject } from "../../../../lambdas/notifier/render/templates";
import { viewOf } from "../../../../lambdas/notifier/render/view";
import {
  digest,
  drift,
  EVERY_EVENT,
  failed,
  granted,
  HOSTILE,
  jane,
  read,
} from "../../../support/notifier-events";

// The package's main file is for bundlers; this is the same for Node.
const {
  AdaptiveCard,
  SerializationContext,
  Versions,
}: typeof Cards = require("adaptivecards/dist/adaptivecards.js");

const slack = (event: AccessEvent) => slackMessage(renderSubject(viewOf(event)), summaryOf(viewOf(event)));
const teams = (event: AccessEvent) => teamsMessage(renderSubject(viewOf(event)), summaryOf(viewOf(event)));

const written = (text: string): AccessEvent[] => [
  granted({
    name: text.slice(0, 256),
    after: [read("orders", { reason: text, role: text.slice(0, 64) })],
    plannedBy: text,
  }),
  digest({
    changes: [
      {
        ...jane,
        name: text.slice(0, 256),
        change: "granted",
        before: [],
        after: [read("x", { reason: text })],
      },
    ],
  }),
  failed({ message: text, code: text.slice(0, 64), accounts: [text.slice(0, 32)] }),
  drift({ statements: [text], undeclared: [text.slice(0, 32)] }),
];
/** As much as an event can hold. */
const change = (index: number) => ({
  ...jane,
  account: `sl_user${index}`,
  name: `${"&".repeat(200)}${index}`,
  change: "granted" as const,
  before: [],
  after: Array.from({ length: 40 }, (_, db) => read(`db${db}`, { reason: "<".repeat(60) })),
});
const huge = digest({ changes: Array.from({ length: 60 }, (_, index) => change(index)) });
const everything = [...EVERY_EVENT, ...HOSTILE.flatMap(written), huge];

const texts = ({ text, blocks }: SlackMessage): string[] => [
  text,
  ...blocks.flatMap(block => {
    if (block.type === "header" || block.type === "section") return [block.text!.text];
    return block.type === "context" ? block.elements.map(element => (element as { text: string }).text) : [];
  }),
];

/** Plain text to Slack, so that nothing in it formats. */
const header = (event: AccessEvent) => (slack(event).blocks[0] as { text: { text: string } }).text.text;

describe("Slack", () => {
  it("gets blocks within its limits, each of a known kind", () => {
    for (const message of everything.map(slack)) {
      expect(message.blocks.length).toBeLessThanOrEqual(SLACK_LIMITS.blocks);
      expect(message.blocks[0]!.type).toBe("header");
      for (const block of message.blocks) {
        const text = block.type === "context" ? block.elements[0]! : (block as { text: object }).text;
        const { type, text: content, verbatim } = text as { type: string; text: string; verbatim?: boolean };
        expect(content.length).toBeGreaterThan(0);
        expect(content.length).toBeLessThanOrEqual(
          block.type === "header" ? SLACK_LIMITS.header : SLACK_LIMITS.section,
        );
        expect([block.type, type, verbatim]).toEqual(
          block.type === "header" ? ["header", "plain_text", undefined] : [block.type, "mrkdwn", true],
        );
      }
    }
    expect(slack(huge).blocks).toHaveLength(SLACK_LIMITS.blocks);
    expect(texts(slack(huge)).at(-2)).toBe("and 14 more");
  });

  it("shows hostile text as text: no mention, link, format, emoji or entity of its own", () => {
    for (const event of HOSTILE.flatMap(written)) {
      for (const text of texts(slack(event))) {
        expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
        expect(text).not.toMatch(/@(here|channel|everyone)/);
        if (text === header(event)) continue;
        const prose = text.replace(/`[^`\n]*`/g, "");
        // Only our own bold labels may remain, one pair each.
        expect(prose).not.toMatch(/[`_~]|:[\w+-]+:/);
        for (const line of prose.split("\n"))
          expect(line.replace(/^(• {2})?\*[^*]+\*/, "")).not.toContain("*");
      }
    }
  });

  it("shows accounts, databases and statements as they are", () => {
    const all = texts(slack(drift())).join("\n");
    expect(all).toContain("`sl_jane.doe`");
    expect(all).toContain("`REVOKE DELETE ON ˋordersˋ.* FROM 'sl_jane.doe'@'%'`");
    expect(texts(slack(granted())).join("\n")).toContain(
      "`orders`: read, until 2027-04-01 00:00 UTC; INC-1234",
    );
  });
});

describe("Teams", () => {
  it("gets cards that the published SDK reads without a complaint, below 28 KB", () => {
    for (const message of everything.map(teams)) {
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(TEAMS_BYTES);
      const [{ content, ...attachment }] = message.attachments;
      expect([message.type, attachment]).toEqual([
        "message",
        { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null },
      ]);
      const reading = new SerializationContext(Versions.v1_4);
      const card = new AdaptiveCard();
      card.parse(content, reading);
      const complaints = Array.from(
        { length: reading.eventCount },
        (_, index) => reading.getEventAt(index).message,
      );
      expect([complaints, card.validateProperties().validationEvents]).toEqual([[], []]);
      expect(card.toJSON()).toMatchObject({
        body: content.body.map(({ inlines }) => ({ inlines: inlines.map(({ text }) => ({ text })) })),
      });
    }
    expect(JSON.stringify(teams(huge))).toMatch(/… and \d+ more/);
  });

  it("reads cards strictly: the SDK complains about a broken one", () => {
    const reading = new SerializationContext(Versions.v1_4);
    new AdaptiveCard().parse({ type: "AdaptiveCard", version: "1.4", body: [{ type: "Nope" }] }, reading);
    expect(reading.eventCount).toBe(1);
  });

  it("shows text in runs, which have no Markdown and no date macros", () => {
    for (const event of HOSTILE.flatMap(written)) {
      const [{ content }] = teams(event).attachments;
      expect(
        content.body.every(
          ({ type, inlines }) => type === "RichTextBlock" && inlines.every(run => run.type === "TextRun"),
        ),
      ).toBe(true);
      expect(JSON.stringify(content.body)).not.toMatch(/\{\{|\$\{/);
    }
  });
});

describe("SNS", () => {
  const message = (event: AccessEvent) => topicMessage("arn:aws:sns:eu-west-1:1:alarms", event);

  it("has a subject of fewer than 100 printable ASCII characters, whatever the event says", () => {
    for (const event of [...everything, granted({ cluster: "orders", account: "Zoë 日本" })])
      expect(message(event).subject).toMatch(/^[\x21-\x7e][\x20-\x7e]{0,98}$/);
    expect(message(granted({ account: "sl_Zoë" })).subject).toBe("orders: sl_Zoe can log in now");
  });

  it("holds the text, and after a line of dashes the event as JSON", () => {
    const { message: text, attributes } = message(failed());
    const [people, programs] = text.split(`\n${"-".repeat(78)}\n`);
    expect(people).toContain("2 of 5 statements did not run");
    expect(JSON.parse(programs!)).toEqual({ "detail-type": "reconcile.failed", detail: failed().detail });
    expect(attributes).toEqual({ event: "reconcile.failed", cluster: "orders" });
  });

  it("stays below 256 KB", () => {
    for (const event of everything)
      expect(Buffer.byteLength(message(event).message)).toBeLessThan(256 * 1024 - 500);
  });
});
