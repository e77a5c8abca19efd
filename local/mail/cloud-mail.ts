import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { makeRunDirectory } from "../process/run-directory";
import { type MailServer, type ReceivedMail, startMailServer } from "./mail-server";

/** The cloud's mail: what a stack that sends mails needs. */
export interface CloudMail {
  /** The secret holds host, port, username, password and ca as JSON. */
  readonly smtpSecretArn: string;
  readonly from: string;
  /** The addresses that get all messages. */
  readonly addresses: readonly string[];
  /** The folder with each mail as .eml, .html and .txt. Absent unless `writeMails` is set. */
  readonly folder?: string | undefined;
}

export interface StartedMail {
  readonly server: MailServer;
  readonly folder: string | undefined;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

/** Starts the mail server. @param write whether each mail is written into a folder */
export async function startCloudMail(write: boolean): Promise<StartedMail> {
  const folder = write ? await makeRunDirectory("mails") : undefined;
  let count = 0;
  const server = await startMailServer({
    received: mail => {
      if (folder) writeMail(folder, ++count, mail);
    },
  });
  return {
    server,
    folder,
    async stop() {
      await server.stop();
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Creates the secret that a sender of mails needs, and describes the mail server. */
export async function describeMail(
  { server, folder }: StartedMail,
  secrets: SecretsManagerClient,
): Promise<CloudMail> {
  const { host, port, username, password, ca } = server;
  const SecretString = JSON.stringify({ host, port, username, password, ca });
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: "local/smtp", SecretString }));
  const from = "Database access <access@example.com>";
  return { smtpSecretArn: ARN ?? "", from, addresses: ["dba@example.com"], folder };
}

/** Writes `0007-jane.doe@example.com.eml` and its parts. An address cannot name another folder. */
function writeMail(folder: string, number: number, { envelope, raw, parsed }: ReceivedMail): void {
  const to = (envelope.to[0] ?? "nobody").replace(/[^\w.@+-]/g, "_").slice(0, 100);
  const name = join(folder, `${String(number).padStart(4, "0")}-${to}`);
  if (parsed.html !== undefined) writeFileSync(`${name}.html`, parsed.html);
  if (parsed.text !== undefined) writeFileSync(`${name}.txt`, parsed.text);
  // Written last: a reader that finds this file also finds the parts.
  writeFileSync(`${name}.eml`, raw, "latin1");
}
