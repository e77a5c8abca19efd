import { topicMessage } from "../../../../lambdas/notifier/channels/topic-message";
import { failed, granted } from "../../../support/notifier-events";

const NEVER = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u;

describe("a message to a topic, which people read as mail", () => {
  it.each([
    ["a name", granted({ name: "Jane\u202e\u200b" })],
    ["a name of several lines", granted({ name: "Jane\n::error::x\u009b" })],
    ["an error", failed({ message: "orders: \u001b[2J refused" })],
  ])("shows what nobody sees in %s, and its JSON means the same", (_what, event) => {
    const { message, subject } = topicMessage("arn:aws:sns:eu-central-1:123456789012:people", event);
    expect(message).not.toMatch(NEVER);
    expect(subject).not.toMatch(NEVER);
    const json = message.slice(message.lastIndexOf("-".repeat(78)) + 78);
    expect(JSON.parse(json)).toEqual({
      "detail-type": event.type,
      detail: JSON.parse(JSON.stringify(event.detail)),
    });
  });
});
