import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccessEvent } from "../../../core/events/events";
import { type ChannelOf, DEFAULT_EVENTS } from "../../../core/events/notifications";
import { mailTransports } from "../../../lambdas/notifier/channels/mail-transport";
import { notifyHandler } from "../../../lambdas/notifier/handler";
import { type Browser, provisionBrowser } from "../../../local/mail/browser";
import { type MailServer, startMailServer } from "../../../local/mail/mail-server";
import { digest, granted, HOSTILE, jane, read } from "../../support/notifier-events";
import { batch, context, memoryServices } from "../../support/notifier-services";

const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:smtp";
const channel: ChannelOf<"email"> = {
  name: "mail",
  type: "email",
  events: DEFAULT_EVENTS.email,
  from: '"Access, Inc." <access@example.com>',
  replyTo: "dba@example.com",
  transport: { type: "smtp", secretArn: SECRET },
  to: { person: true, owners: true, addresses: ["ops@example.com"] },
};

const secretOf = ({ host, port, ca, username, password }: MailServer) => ({
  host,
  port,
  ca,
  username,
  password,
});

/** Sends events through the handler to a mail server, with everything but SMTP in memory. */
async function send(secret: object, events: readonly AccessEvent[]) {
  const services = memoryServices([channel]);
  services.secretTexts.set(SECRET, JSON.stringify(secret));
  const openMailTransport = mailTransports(() => Promise.reject(new Error("no SES here")));
  const answer = await notifyHandler({ ...services, openMailTransport })(
    batch("q-mail", events),
    context(20_000),
  );
  return { failed: answer.batchItemFailures.length, lines: services.lines };
}

describe("a mail", () => {
  let server: MailServer;
  beforeAll(async () => {
    server = await startMailServer();
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(() => {
    server.messages.length = 0;
    server.refused.clear();
  });

  it("arrives within TLS, after a login, with both parts and its headers", async () => {
    expect(await send(secretOf(server), [granted()])).toMatchObject({ failed: 0 });
    const [{ envelope, parsed, raw }] = server.messages as [MailServer["messages"][number]];
    expect(envelope).toEqual({ from: "access@example.com", to: ["jane.doe@example.com"] });
    expect(parsed.from).toMatchObject({ name: "Access, Inc.", address: "access@example.com" });
    expect(parsed.to).toMatchObject([{ name: "Jane Doe", address: "jane.doe@example.com" }]);
    expect(parsed.replyTo).toMatchObject([{ address: "dba@example.com" }]);
    expect(parsed.subject).toBe("orders: sl_jane.doe can log in now");
    expect(parsed.messageId).toMatch(/^<0123456789abcdef0123456789abcdef\.[0-9a-f]{16}@example\.com>$/);
    expect(parsed.text).toContain("npx --no aurora-users token");
    expect(parsed.html).toContain('<html lang="en"');
    const headers = Object.fromEntries(parsed.headers.map(({ key, value }) => [key, value]));
    expect(headers).toMatchObject({
      "auto-submitted": "auto-generated",
      "x-aurora-users-correlation-id": granted().detail.correlationId,
    });
    expect(parsed.attachments).toEqual([]);
    for (const line of raw.split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
  });

  it("has the same Message-ID when it comes again, and another for another recipient", async () => {
    const other = granted({ email: "john@example.com" });
    for (const event of [granted(), granted(), other]) await send(secretOf(server), [event]);
    const [first, again, another] = server.messages.map(({ parsed }) => parsed.messageId);
    expect([again, another === first]).toEqual([first, false]);
  });

  it.each(HOSTILE.map(text => [text.slice(0, 30).replace(/\s/g, " "), text]))(
    "has one recipient and its own headers whatever is written in the access files: %s",
    async (_, text) => {
      const events = [
        granted({ name: text.slice(0, 256), reference: text, correlationId: text.slice(0, 128) }),
      ];
      expect(await send(secretOf(server), events)).toMatchObject({ failed: 0 });
      const [{ envelope, parsed }] = server.messages as [MailServer["messages"][number]];
      expect(envelope.to).toEqual(["jane.doe@example.com"]);
      expect(parsed.to?.map(({ address }) => address)).toEqual(["jane.doe@example.com"]);
      expect([parsed.cc, parsed.bcc]).toEqual([undefined, undefined]);
      expect(parsed.headers.map(({ key }) => key).sort()).toEqual([
        ...[
          "auto-submitted",
          "content-type",
          "date",
          "from",
          "message-id",
          "mime-version",
          "reply-to",
          "subject",
          "to",
        ],
        ...["x-aurora-users-correlation-id", "x-auto-response-suppress"],
      ]);
    },
  );

  it("that the server refuses for one recipient is reported without the address, and the others get theirs", async () => {
    server.refused.add("olive@example.com");
    const owners = [{ project: "shop", email: "olive@example.com" }];
    const changes = [
      { ...jane, change: "granted" as const, before: [], after: [read("orders", { project: "shop/prod" })] },
    ];
    const { failed, lines } = await send(secretOf(server), [digest({ owners, changes })]);
    expect([failed, server.messages.map(({ envelope }) => envelope.to)]).toEqual([1, [["ops@example.com"]]]);
    expect(lines.at(-1)).toMatchObject({
      event: "message failed",
      fields: { channel: "mail", responseCode: 450 },
    });
    expect(JSON.stringify(lines)).not.toContain("olive");
  });
});

describe("a mail is not sent, and no password either,", () => {
  const refused = async (
    options: Parameters<typeof startMailServer>[0],
    change: (server: MailServer) => object,
  ) => {
    const server = await startMailServer(options);
    try {
      const { failed, lines } = await send(change(server), [granted()]);
      expect([failed, server.messages]).toEqual([1, []]);
      expect(JSON.stringify(lines)).not.toMatch(/correct horse|hunter2|jane\.doe@/);
      return { logins: server.logins, line: lines.at(-1)?.fields };
    } finally {
      await server.stop();
    }
  };

  it("to a server without TLS", async () => {
    expect((await refused({ tls: "none" }, secretOf)).logins).toBe(0);
  });

  it("to a server whose certificate is not trusted", async () => {
    expect((await refused({}, ({ ca: _, ...server }) => secretOf(server as MailServer))).logins).toBe(0);
  });

  it("to a server whose certificate is for another name", async () => {
    const { logins, line } = await refused({ certificateFor: "mail.example" }, secretOf);
    expect([logins, line]).toMatchObject([
      0,
      { code: "DeliveryFailed", detail: expect.stringContaining("altnames") },
    ]);
  });

  it("with a wrong password", async () => {
    const { logins, line } = await refused({}, server => ({ ...secretOf(server), password: "hunter2" }));
    expect([logins, line]).toMatchObject([1, { detail: "Error EAUTH AUTH PLAIN", responseCode: 535 }]);
  });

  it("if the secret is not valid", async () => {
    const { line } = await refused({}, server => ({ ...secretOf(server), username: undefined, tls: "off" }));
    expect(line).toMatchObject({ code: "SecretUnusable" });
  });
});

test("a server with TLS from the first byte and no login is written to as well", async () => {
  const server = await startMailServer({ tls: "implicit", auth: false });
  const { host, port, ca } = server;
  expect(await send({ host, port, ca, secure: true }, [granted()])).toMatchObject({ failed: 0 });
  expect(server.messages).toHaveLength(1);
  await server.stop();
});

describe("in a browser", () => {
  let browser: Browser;
  let server: MailServer;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "aurora-users-mail-"));
    [browser, server] = await Promise.all([provisionBrowser(), startMailServer()]);
  }, 300_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server?.stop();
  });

  const received = async (event: AccessEvent): Promise<string> => {
    server.messages.length = 0;
    await send(secretOf(server), [event]);
    return server.messages[0]!.parsed.html!;
  };

  it("a mail shows its content", async () => {
    const html = await received(granted());
    const [file, blank] = [join(folder, "mail.png"), join(folder, "blank.png")];
    await browser.screenshot(html, file);
    await browser.screenshot("<!doctype html><title>blank</title>", blank);
    const png = readFileSync(file);
    expect(png.subarray(0, 8).toString("hex")).toBe("89504e470d0a1a0a");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([760, 1200]);
    expect(png.length).toBeGreaterThan(5 * readFileSync(blank).length);
    const text = await browser.domText(html);
    for (const part of [
      "Hello Jane Doe,",
      "sl_jane.doe",
      "2027-04-01 00:00 UTC",
      "How to log in",
      "Olive Owner",
    ])
      expect(text).toContain(part);
    expect(text).toContain("mysql --host=orders.cluster-abc.eu-west-1.rds.amazonaws.com \\\n");
  }, 60_000);

  it("hostile text is shown as text, runs nothing, fetches nothing and hides nothing", async () => {
    const reason = HOSTILE.join(" | ").slice(0, 1024);
    const after = [
      read("orders", { reason }),
      ...HOSTILE.map((text, index) => read(`db${index}`, { reason: text })),
    ];
    const html = await received(
      granted({
        name: HOSTILE[1],
        after,
        owners: [{ project: "shop", name: HOSTILE[0], email: HOSTILE[4] }],
      }),
    );
    const seen = (await browser.evaluate(
      html,
      `({ title: document.title, text: document.body.innerText, fetched: performance.getEntriesByType("resource").length,
          foreign: document.querySelectorAll("img,a,iframe,form,[onerror],[onmouseover]").length,
          scripts: document.scripts.length, styles: document.querySelectorAll("style").length })`,
    )) as Record<string, unknown>;
    // The one script is the one that looks.
    expect(seen).toMatchObject({
      title: "sl_jane.doe can log in now",
      fetched: 0,
      foreign: 0,
      scripts: 1,
      styles: 1,
    });
    expect(seen["text"]).toContain("Hello \"><script>document.title='hacked'</script>,");
    expect(seen["text"]).toContain("--></title></td></tr></table><style>*{display:none}</style>");
  }, 60_000);

  it("would have run such text if it were not escaped", async () => {
    expect(await browser.evaluate(`<title>x</title><body>${HOSTILE[1]}`, "document.title")).toBe("hacked");
  }, 60_000);
});
