import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type * as Cards from "adaptivecards";
import type { Channel } from "../../../core/events/notifications";
import { DEFAULT_EVENTS } from "../../../core/events/notifications";
import { SLACK_LIMITS, type SlackMessage } from "../../../lambdas/notifier/channels/slack-message";
import type { TeamsMessage } from "../../../lambdas/notifier/channels/teams-card";
import { type WebhookOptions, webhookPoster } from "../../../lambdas/notifier/channels/webhook";
import { notifyHandler } from "../../../lambdas/notifier/handler";
import { failed } from "../../support/notifier-events";
import { batch, memoryServices } from "../../support/notifier-services";

// The package's main file is for bundlers; this is the same for Node.
const {
  AdaptiveCard,
  SerializationContext,
  Versions,
}: typeof Cards = require("adaptivecards/dist/adaptivecards.js");

const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:webhook";
const TOKEN = "T0KEN-that-nobody-may-see";
const slack: Channel = {
  name: "slack",
  type: "slack",
  events: DEFAULT_EVENTS.slack,
  webhookSecretArn: SECRET,
};
const teams: Channel = {
  name: "teams",
  type: "teams",
  events: DEFAULT_EVENTS.teams,
  webhookSecretArn: SECRET,
};

type Answer = readonly [status: number, headers?: Record<string, string>, body?: string] | "hang" | "drop";

/** A webhook's endpoint: gives the answers in turn, and then always the last one. */
class Endpoint {
  readonly received: {
    readonly at: number;
    readonly path: string;
    readonly type: string;
    readonly body: unknown;
  }[] = [];
  answers: Answer[] = [[200]];
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/services/${TOKEN}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
    this.received.push({ at: Date.now(), path: request.url!, type: request.headers["content-type"]!, body });
    const answer = this.answers.length > 1 ? this.answers.shift()! : this.answers[0]!;
    if (answer === "hang") return;
    if (answer === "drop") return void response.destroy();
    const [status, headers = {}, text = ""] = answer;
    response.writeHead(status, headers).end(text);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let endpoint: Endpoint;
let elsewhere: Endpoint;
beforeEach(async () => {
  endpoint = new Endpoint();
  elsewhere = new Endpoint();
  await Promise.all([endpoint.start(), elsewhere.start()]);
});
afterEach(() => {
  endpoint.stop();
  elsewhere.stop();
});

async function send(
  channel: Channel,
  options: Partial<WebhookOptions> = {},
  secret = endpoint.url,
  remaining = 60_000,
) {
  const services = memoryServices([channel]);
  services.secretTexts.set(SECRET, secret);
  const end = Date.now() + remaining;
  const time = { getRemainingTimeInMillis: () => end - Date.now() };
  const postToWebhook = webhookPoster({ waitMs: 20, ...options });
  const { batchItemFailures } = await notifyHandler({ ...services, postToWebhook })(
    batch(`q-${channel.name}`, [failed()]),
    time,
  );
  const logged = JSON.stringify(services.lines);
  expect(logged).not.toContain(TOKEN);
  expect(logged).not.toContain("127.0.0.1");
  const last = services.lines.at(-1)?.fields as { detail?: string };
  return {
    failures: batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
    message: last?.detail,
    items: services.items,
  };
}

describe("Slack's webhook", () => {
  it("is posted blocks as JSON, once", async () => {
    expect((await send(slack)).failures).toEqual([]);
    const [{ body, path, type }] = endpoint.received as [Endpoint["received"][number]];
    expect([path, type]).toEqual([`/services/${TOKEN}`, "application/json; charset=utf-8"]);
    const message = body as SlackMessage;
    expect(Object.keys(message)).toEqual(["text", "blocks"]);
    expect(message.text).toBe("orders: the apply failed (StatementsFailed)");
    expect(message.blocks.map(block => block.type)).toEqual(["header", "section", "section", "context"]);
    expect(message.blocks.length).toBeLessThanOrEqual(SLACK_LIMITS.blocks);
  });
});

describe("Teams' webhook", () => {
  it("is posted a message with one card, which the published SDK reads without a complaint", async () => {
    endpoint.answers = [[202]];
    expect((await send(teams)).failures).toEqual([]);
    const { type, attachments } = endpoint.received[0]!.body as TeamsMessage;
    expect([type, attachments.length]).toEqual(["message", 1]);
    const reading = new SerializationContext(Versions.v1_4);
    const card = new AdaptiveCard();
    card.parse(attachments[0].content, reading);
    expect([reading.eventCount, card.validateProperties().validationEvents]).toEqual([0, []]);
    expect(JSON.stringify(card.toJSON())).toContain("2 of 5 statements did not run");
  });
});

describe("a webhook", () => {
  it("that answers 429 is asked again after the time that it says", async () => {
    endpoint.answers = [[429, { "retry-after": "1" }, "rate_limited"], [200]];
    expect((await send(slack)).failures).toEqual([]);
    const [first, second] = endpoint.received.map(({ at }) => at);
    expect(second! - first!).toBeGreaterThanOrEqual(950);
    expect(endpoint.received).toHaveLength(2);
  });

  it("that answers 500 or drops the connection is asked again, three times in all", async () => {
    endpoint.answers = [[500], "drop", [200]];
    expect((await send(teams)).failures).toEqual([]);
    expect(endpoint.received).toHaveLength(3);
  });

  it("that never accepts the message leaves it in the queue for another try", async () => {
    endpoint.answers = [[503]];
    const { failures, items, message } = await send(slack);
    expect([failures, items, message]).toEqual([["m1"], [], "the webhook answered 503 (try 3 of 3)"]);
    expect(endpoint.received).toHaveLength(3);
  });

  it("that refuses the message gets it once, and its one word of reason is logged", async () => {
    endpoint.answers = [[400, {}, "invalid_blocks"]];
    expect(await send(slack)).toMatchObject({
      failures: ["m1"],
      message: "the webhook answered 400: invalid_blocks (try 1 of 3)",
    });
    endpoint.answers = [[400, {}, `no such token ${TOKEN}`]];
    expect(await send(slack)).toMatchObject({ message: "the webhook answered 400 (try 1 of 3)" });
    expect(endpoint.received).toHaveLength(2);
  });

  it("gets the remaining time as its limit, also with fractions of a millisecond", async () => {
    await webhookPoster()(new URL(endpoint.url), {}, { left: () => 3_683.25 });
    expect(endpoint.received).toHaveLength(1);
  });

  it("that hangs is given up", async () => {
    endpoint.answers = ["hang"];
    const { failures, message } = await send(slack, { timeoutMs: 100 });
    expect([failures, message]).toEqual([["m1"], "the webhook did not answer in time (try 3 of 3)"]);
    expect(endpoint.received).toHaveLength(3);
  });

  it("that asks for a longer pause than there is time leaves the message in the queue", async () => {
    endpoint.answers = [[429, { "retry-after": "3600" }]];
    const started = Date.now();
    expect(await send(slack, {}, endpoint.url, 5_000)).toMatchObject({
      failures: ["m1"],
      message: "the webhook answered 429, and there is no time for another try",
    });
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  it("that redirects to another host is not followed", async () => {
    endpoint.answers = [[307, { location: elsewhere.url }]];
    expect(await send(slack)).toMatchObject({
      failures: ["m1"],
      message: "the webhook answered 307 (try 1 of 3)",
    });
    expect(elsewhere.received).toEqual([]);
  });

  it("that cannot be reached is logged without its address", async () => {
    const gone = endpoint.url;
    endpoint.stop();
    expect(await send(slack, {}, gone)).toMatchObject({
      message: "the webhook could not be reached (ECONNREFUSED) (try 3 of 3)",
    });
  });

  it.each([
    [`http://hooks.example.com/${TOKEN}`],
    [`http://127.0.0.1.evil.example/${TOKEN}`],
    [`{"url":"ftp://hooks.example.com/${TOKEN}"}`],
    [`{"other":"https://hooks.example.com/${TOKEN}"}`],
    [`${TOKEN}`],
  ])("is refused without TLS, or where the secret holds none: %s", async secret => {
    expect(await send(slack, {}, secret)).toMatchObject({
      failures: ["m1"],
      message: `the secret ${SECRET} holds no https URL, alone or as \`url\` in JSON`,
    });
  });

  it("may be `url` in JSON", async () => {
    expect((await send(slack, {}, JSON.stringify({ url: endpoint.url }))).failures).toEqual([]);
  });
});
