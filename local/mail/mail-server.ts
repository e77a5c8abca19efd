import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerEnvelope } from "smtp-server";

import { findOnPath } from "../process/child-process";
import { installDebianPackage } from "../process/debian-package";
import { MissingPartError } from "../process/local-error";
import { makeRunDirectory } from "../process/run-directory";

const run = promisify(execFile);

export interface MailServerOptions {
  /** @default - a free loopback port */
  readonly port?: number;
  /** Whether a client must log in. @default true */
  readonly auth?: boolean;
  /** TLS after STARTTLS, TLS from the first byte, or no TLS. @default "starttls" */
  readonly tls?: "starttls" | "implicit" | "none";
  /** The name in the certificate. @default - localhost and 127.0.0.1 */
  readonly certificateFor?: string;
  /** Called with each mail before the server confirms it to the sender. */
  readonly received?: (mail: ReceivedMail) => void;
}

/** A mail that the server received. */
export interface ReceivedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly raw: string;
  readonly parsed: Email;
}

/** An SMTP server on loopback that keeps all mails in memory. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** The certificate authority, PEM. */
  readonly ca: string;
  readonly username: string;
  readonly password: string;
  /** All mails, oldest first. */
  readonly messages: ReceivedMail[];
  /** How many logins were tried. */
  readonly logins: number;
  /** Recipients that the server refuses with 450, "try again later". */
  readonly refused: Set<string>;
  stop(): Promise<void>;
}

/**
 * Starts a mail server.
 *
 * @throws MissingPartError without the `openssl` command
 */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const { auth = true, certificateFor, port = 0, received, tls = "starttls" } = options;
  const { key, cert } = await certificate(
    certificateFor ? `DNS:${certificateFor}` : "DNS:localhost,IP:127.0.0.1",
  );
  const [username, password] = ["mailer", "correct horse battery staple"];
  const messages: ReceivedMail[] = [];
  const refused = new Set<string>();
  let logins = 0;
  const server = new SMTPServer({
    key,
    cert,
    secure: tls === "implicit",
    authOptional: !auth,
    logger: false,
    closeTimeout: 200,
    disabledCommands: [tls === "none" && "STARTTLS", !auth && "AUTH"].filter(command => command !== false),
    onAuth(given, _session, done) {
      logins++;
      const known = given.username === username && given.password === password;
      if (known) done(null, { user: username });
      else done(new Error("wrong name or password"));
    },
    onRcptTo({ address }, _session, done) {
      if (refused.has(address)) done(Object.assign(new Error("try again later"), { responseCode: 450 }));
      else done();
    },
    onData(stream, { envelope }, done) {
      readMail(stream, envelope).then(mail => {
        received?.(mail);
        messages.push(mail);
        done();
      }, done);
    },
  });
  // Connection errors that a client causes are not errors of the server.
  server.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    host: "127.0.0.1",
    port: (server.server.address() as AddressInfo).port,
    ca: cert,
    username,
    password,
    messages,
    refused,
    get logins() {
      return logins;
    },
    stop: () => new Promise(resolve => server.close(() => resolve())),
  };
}

async function readMail(stream: Readable, envelope: SMTPServerEnvelope): Promise<ReceivedMail> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
  const to = envelope.rcptTo.map(({ address }) => address);
  return { envelope: { from, to }, raw: bytes.toString("latin1"), parsed: await PostalMime.parse(bytes) };
}

const certificates = new Map<string, Promise<{ key: string; cert: string }>>();

/** A key and a self-signed certificate for these names. Each process makes one for the same names. */
function certificate(names: string): Promise<{ key: string; cert: string }> {
  const known = certificates.get(names) ?? makeCertificate(names);
  certificates.set(names, known);
  return known;
}

async function makeCertificate(names: string): Promise<{ key: string; cert: string }> {
  const missing = "openssl is missing: install it (Debian: apt-get install openssl)";
  if (!findOnPath("openssl")) await installDebianPackage("openssl", missing);
  const openssl = findOnPath("openssl");
  if (!openssl) throw new MissingPartError(missing);
  const directory = await makeRunDirectory("mail");
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  try {
    const options =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost";
    const files = ["-addext", `subjectAltName=${names}`, "-keyout", key, "-out", cert];
    await run(openssl, [...options.split(" "), ...files]);
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
