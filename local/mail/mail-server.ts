import { execFile } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

import { findOnPath } from "../process/child-process";
import { installDebianPackage } from "../process/debian-package";
import { MissingPartError } from "../process/local-error";
import { makeRunDirectory } from "../process/run-directory";

const run = promisify(execFile);

export interface MailServerOptions {
  /** @default - a free loopback port */
  readonly port?: number;
  /** Whether one has to log in. @default true */
  readonly auth?: boolean;
  /** TLS after STARTTLS, from the first byte, or none at all. @default "starttls" */
  readonly tls?: "starttls" | "implicit" | "none";
  /** The name in its certificate. @default - localhost and 127.0.0.1 */
  readonly certificateFor?: string;
  /** Called with each mail before its sender is told that it was taken. */
  readonly received?: (mail: ReceivedMail) => void;
}

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly raw: string;
  readonly parsed: Email;
}

/** An SMTP server on loopback that keeps what it is sent in memory. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** The certificate to trust, PEM. */
  readonly ca: string;
  readonly username: string;
  readonly password: string;
  /** Oldest first. */
  readonly messages: ReceivedMail[];
  /** How many tried to log in. */
  readonly logins: number;
  /** Recipients that are answered 450, "try again later". */
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
    ...{ key, cert, secure: tls === "implicit", authOptional: !auth, logger: false, closeTimeout: 200 },
    disabledCommands: [...(tls === "none" ? ["STARTTLS"] : []), ...(auth ? [] : ["AUTH"])],
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
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        PostalMime.parse(bytes).then(parsed => {
          const mail = { envelope: { from, to }, raw: bytes.toString("latin1"), parsed };
          received?.(mail);
          messages.push(mail);
          done();
        }, done);
      });
    },
  });
  // What a client does to a connection is no error of the server's.
  server.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    server.server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    ...{
      host: "127.0.0.1",
      port: (server.server.address() as AddressInfo).port,
      ca: cert,
      username,
      password,
    },
    ...{ messages, refused },
    get logins() {
      return logins;
    },
    stop: () => new Promise(resolve => server.close(() => resolve())),
  };
}

const made = new Map<string, Promise<{ key: string; cert: string }>>();

/** A key and a certificate for names, which it also vouches for itself; one for each process. */
function certificate(names: string): Promise<{ key: string; cert: string }> {
  const known = made.get(names) ?? makeCertificate(names);
  made.set(names, known);
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
    await run(openssl, [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
      ...["-subj", "/CN=localhost", "-addext", `subjectAltName=${names}`, "-keyout", key, "-out", cert],
    ]);
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
