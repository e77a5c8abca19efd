import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateSecretCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { makeRunDirectory } from "../process/run-directory";
import { type MailServer, type ReceivedMail, startMailServer } from "./mail-server";

/** The cloud's mail, as main.ts needs to know it. */
export interface CloudMail {
  /** Holds host, port, username, password and ca as JSON. */
  readonly smtpSecretArn: string;
  readonly from: string;
  /** Who gets all messages. */
  readonly addresses: readonly string[];
  /** Where each mail lies, as .eml, .html and .txt; absent where nobody asked for that. */
  readonly folder?: string;
}

export interface StartedMail {
  readonly server: MailServer;
  readonly folder: string | undefined;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/** Starts the mail server. With `write`, what it receives can be read in a folder. */
export async function startCloudMail(write: boolean): Promise<StartedMail> {
  const folder = write ? await makeRunDirectory("mails") : undefined;
  let count = 0;
  const received = (mail: ReceivedMail) => writeMail(folder!, ++count, mail);
  const server = await startMailServer(folder ? { received } : {});
  return {
    ...{ server, folder },
    async stop() {
      await server.stop();
      if (folder) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Keeps what a sender needs to know of it in Secrets Manager. */
export async function describeMail(
  { server, folder }: StartedMail,
  secrets: SecretsManagerClient,
): Promise<CloudMail> {
  const { host, port, username, password, ca } = server;
  const SecretString = JSON.stringify({ host, port, username, password, ca });
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: "local/smtp", SecretString }));
  const from = "Database access <access@example.com>";
  return { smtpSecretArn: ARN ?? "", from, addresses: ["dba@example.com"], ...(folder ? { folder } : {}) };
}

/** `0007-jane.doe@example.com.eml`, and its parts beside it. What stands in an address becomes no path. */
function writeMail(folder: string, number: number, { envelope, raw, parsed }: ReceivedMail): void {
  const to = (envelope.to[0] ?? "nobody").replace(/[^\w.@+-]/g, "_").slice(0, 100);
  const name = join(folder, `${String(number).padStart(4, "0")}-${to}`);
  if (parsed.html !== undefined) writeFileSync(`${name}.html`, parsed.html);
  if (parsed.text !== undefined) writeFileSync(`${name}.txt`, parsed.text);
  // Last: who sees it finds the others there.
  writeFileSync(`${name}.eml`, raw, "latin1");
}
