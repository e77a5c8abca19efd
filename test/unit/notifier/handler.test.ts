import type { SendMailOptions } from "nodemailer";
import type { Channel, ChannelOf } from "../../../core/events/notifications";
import { DEFAULT_EVENTS } from "../../../core/events/notifications";
import { Deliveries } from "../../../lambdas/notifier/channels/deliveries";
import { Configurations } from "../../../lambdas/notifier/configuration";
import { notifyHandler } from "../../../lambdas/notifier/handler";
import { digest, drift, failed, granted, HOSTILE } from "../../support/notifier-events";
import {
  batch,
  CONFIG,
  configOf,
  context,
  eventJson,
  memoryServices,
  NOW,
} from "../../support/notifier-services";

const mail: ChannelOf<"email"> = {
  name: "mail",
  type: "email",
  events: DEFAULT_EVENTS.email,
  from: "Access <access@example.com>",
  transport: { type: "smtp", secretArn: "arn:secret" },
  to: { person: true, owners: true, addresses: ["ops@example.com", "dba@example.com"] },
};
const sns: Channel = {
  name: "alarms",
  type: "sns",
  events: DEFAULT_EVENTS.sns,
  topicArn: "arn:aws:sns:eu-west-1:1:alarms",
};
const none = { batchItemFailures: [] };
const failures = (...ids: string[]) => ({
  batchItemFailures: ids.map(itemIdentifier => ({ itemIdentifier })),
});
const to = (services: { mails: { envelope?: unknown }[] }) =>
  services.mails.map(({ envelope }) => (envelope as { to: string[] }).to.join());

describe("a batch", () => {
  it("sends each event by its queue's channel, counts it, and logs no address and no message", async () => {
    const services = memoryServices([mail, sns]);
    expect(await notifyHandler(services)(batch("q-mail", [granted(), failed()]), context())).toEqual(none);
    expect(await notifyHandler(services)(batch("q-alarms", [drift()]), context())).toEqual(none);
    expect(to(services)).toEqual(["jane.doe@example.com", "ops@example.com", "dba@example.com"]);
    expect(services.published).toHaveLength(1);
    expect(services.emitted).toEqual([
      "notifier mail MessagesSent 1",
      "notifier mail MessagesSent 2",
      "notifier alarms MessagesSent 1",
    ]);
    expect(services.lines.map(({ event }) => event)).toEqual(["sent", "sent", "sent"]);
    expect(services.lines[0]!.fields).toEqual({
      correlation_id: granted().detail.correlationId,
      event: "access.granted",
      event_id: granted().detail.id,
      cluster: "orders",
      channel: "mail",
      account: "sl_jane.doe",
      sent: 1,
    });
    expect(JSON.stringify(services.lines)).not.toMatch(/@example|Jane Doe|INC-1234|did not run/);
  });

  it("gives back messages that are no events of ours, and sends the others, without unknown fields", async () => {
    const services = memoryServices([mail]);
    const other = JSON.stringify({ ...JSON.parse(eventJson(failed())), source: "aws.ssm" });
    const broken = eventJson(failed()).replace('"ran":3', '"ran":"three"');
    const extra = eventJson(failed()).replace('"ran":3', '"ran":3,"secret":"hunter2"');
    const records = batch("q-mail", ["{", other, broken, extra, granted()]);
    expect(await notifyHandler(services)(records, context())).toEqual(failures("m1", "m2", "m3"));
    expect(to(services)).toEqual(["ops@example.com", "dba@example.com", "jane.doe@example.com"]);
    expect(JSON.stringify(services.mails)).not.toContain("hunter2");
    expect(
      services.lines
        .filter(({ level }) => level === "error")
        .map(({ fields }) => (fields as { detail: string }).detail),
    ).toEqual([
      "the message is not JSON",
      "the message is no event of ours: source",
      "the event reconcile.failed does not match its schema: ran",
    ]);
    expect(services.emitted.filter(metric => metric.includes("Failures"))).toHaveLength(3);
    expect(JSON.stringify(services.lines)).not.toContain("hunter2");
  });

  it("sends no event that the channel does not want, and lets the queue delete it", async () => {
    const services = memoryServices([
      { ...sns, clusters: ["payments"] },
      { ...mail, events: ["drift.detected"] },
    ]);
    expect(await notifyHandler(services)(batch("q-alarms", [drift()]), context())).toEqual(none);
    expect(await notifyHandler(services)(batch("q-mail", [granted(), failed()]), context())).toEqual(none);
    expect([services.mails, services.published, services.emitted]).toEqual([[], [], []]);
  });

  it("gives back the messages for which there is no time", async () => {
    const services = memoryServices([mail]);
    let left = 10_000;
    const send = async () => {
      left = 2_000;
    };
    const slow = { ...services, openMailTransport: async () => send };
    const time = { getRemainingTimeInMillis: () => left };
    expect(await notifyHandler(slow)(batch("q-mail", [granted(), failed()]), time)).toEqual(failures("m2"));
    expect(services.lines.at(-1)!.fields).toMatchObject({
      code: "DeliveryFailed",
      detail: "there was no time left for the message",
    });
  });

  it("does not wait for a mail server that hangs for longer than it has time", async () => {
    const services = memoryServices([mail]);
    const hanging = { ...services, openMailTransport: async () => () => new Promise<void>(() => {}) };
    const end = Date.now() + 200;
    const time = { getRemainingTimeInMillis: () => end - Date.now() };
    expect(await notifyHandler(hanging)(batch("q-mail", [granted()]), time)).toEqual(failures("m1"));
    expect(Date.now() - end).toBeLessThan(2_000);
  });
});

describe("a message that fails", () => {
  const failing = (bad: string) => {
    const services = memoryServices([mail]);
    const refuse = new Set([bad]);
    const openMailTransport = async () => async (message: SendMailOptions) => {
      const [address] = (message.envelope as { to: string[] }).to;
      if (refuse.has(address!))
        throw Object.assign(new Error(`450 <${address}> later`), { code: "EENVELOPE", responseCode: 450 });
      services.mails.push(message);
    };
    return { services: { ...services, openMailTransport }, refuse };
  };

  it("does not delay the others, and only it comes again", async () => {
    const { services, refuse } = failing("ops@example.com");
    const handler = notifyHandler(services);
    expect(await handler(batch("q-mail", [failed()]), context())).toEqual(failures("m1"));
    expect(to(services)).toEqual(["dba@example.com"]);
    expect(services.emitted).toEqual(["notifier mail MessagesSent 1", "notifier mail MessageFailures 1"]);
    expect(services.lines.at(-1)).toMatchObject({
      event: "message failed",
      fields: { detail: "Error EENVELOPE", responseCode: 450 },
    });
    expect(JSON.stringify(services.lines)).not.toContain("@example.com");
    refuse.clear();
    expect(await handler(batch("q-mail", [failed()]), context())).toEqual(none);
    expect(await handler(batch("q-mail", [failed()]), context())).toEqual(none);
    expect(to(services)).toEqual(["dba@example.com", "ops@example.com"]);
    const fortnight = NOW.getTime() / 1000 + 14 * 86_400;
    expect(services.items.map(({ pk, ttl }) => [pk, ttl])).toEqual([
      [failed().detail.id, fortnight],
      [failed().detail.id, fortnight],
    ]);
    expect(services.items[0]!.sk).toMatch(/^mail#[0-9a-f]{64}$/);
  });

  it("is given back if its recipient's address is not valid", async () => {
    const services = memoryServices([mail]);
    for (const email of HOSTILE.map(text => text.slice(0, 320)))
      expect(await notifyHandler(services)(batch("q-mail", [granted({ email })]), context())).toEqual(
        failures("m1"),
      );
    expect(services.mails).toEqual([]);
  });
});

describe("the table of sent messages", () => {
  it("is not needed: without it messages are sent, perhaps twice", async () => {
    const services = memoryServices([mail]);
    const down = () => Promise.reject(Object.assign(new Error("no"), { name: "ResourceNotFoundException" }));
    const handler = notifyHandler({
      ...services,
      deliveries: new Deliveries({ list: down, put: down }, "deliveries", services.log),
    });
    expect(await handler(batch("q-mail", [granted()]), context())).toEqual(none);
    expect(to(services)).toEqual(["jane.doe@example.com"]);
    expect(services.lines.map(({ event }) => event)).toEqual([
      "deliveries not read",
      "delivery not recorded",
      "sent",
    ]);
  });
});

describe("the configuration", () => {
  it("fails all messages while it cannot be read or is not valid, and logs why", async () => {
    for (const text of [undefined, "{", '{"version":2}']) {
      const services = memoryServices([mail]);
      services.parameters.delete(CONFIG);
      if (text) services.parameters.set(CONFIG, text);
      expect(await notifyHandler(services)(batch("q-mail", [granted(), failed()]), context())).toEqual(
        failures("m1", "m2"),
      );
      expect(services.lines[0]).toMatchObject({
        event: "message refused",
        fields: { code: "ConfigurationUnusable" },
      });
    }
  });

  it("is read once in five minutes, and again for an unknown queue", async () => {
    const services = memoryServices([mail]);
    let now = 0;
    const read = async (name: string) => {
      services.reads.push(name);
      return services.parameters.get(name)!;
    };
    const configurations = new Configurations({ read, parameter: CONFIG, log: services.log, now: () => now });
    await configurations.channelOf("q-mail");
    now = 4 * 60_000;
    await configurations.channelOf("q-mail");
    expect(services.reads).toHaveLength(1);
    services.parameters.set(CONFIG, JSON.stringify(configOf([mail, sns])));
    expect((await configurations.channelOf("q-alarms")).channel).toEqual(sns);
    await expect(configurations.channelOf("q-other")).rejects.toThrow("no channel has the queue q-other");
    await expect(configurations.channelOf("constructor")).rejects.toThrow(
      "no channel has the queue constructor",
    );
    expect(services.reads).toHaveLength(2);
    now += 6 * 60_000;
    await configurations.channelOf("q-mail");
    expect(services.reads).toHaveLength(3);
  });

  it("stays as it was while it cannot be read again", async () => {
    const services = memoryServices([mail]);
    let now = 0;
    const read = async (name: string) => services.parameters.get(name) ?? Promise.reject(new Error("away"));
    const configurations = new Configurations({ read, parameter: CONFIG, log: services.log, now: () => now });
    await configurations.channelOf("q-mail");
    services.parameters.clear();
    now = 6 * 60_000;
    expect((await configurations.channelOf("q-mail")).channel).toEqual(mail);
    expect(services.lines).toMatchObject([
      { event: "configuration not read", fields: { code: "ConfigurationUnusable" } },
    ]);
  });
});

describe("replaced templates", () => {
  it("are sent, except refused or missing ones: then the default one is sent, and the log says why", async () => {
    const services = memoryServices([mail], {
      "access.granted.subject": "Willkommen {{name}}",
      "access.granted.html": "<p>{{{name}}}</p>",
      "reconcile.failed.text": "kaputt: {{message}}",
    });
    services.parameters.delete("/templates/reconcile.failed.text");
    expect(await notifyHandler(services)(batch("q-mail", [granted(), digest()]), context())).toEqual(none);
    expect(services.mails[0]!.subject).toBe("Willkommen Jane Doe");
    expect(services.mails[0]!.html).toContain("How to log in");
    const refused = services.lines
      .filter(({ event }) => event === "template refused")
      .map(({ fields }) => fields);
    expect(refused).toMatchObject([
      { template: "access.granted.html" },
      { template: "reconcile.failed.text" },
    ]);
    expect(services.emitted.filter(metric => metric.includes("Failures"))).toEqual([]);
  });
});
