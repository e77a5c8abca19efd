import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import PostalMime from "postal-mime";

import { sleep } from "../process/child-process";

/** A mail in the local cloud's folder. */
export interface DemoMail {
  readonly subject: string;
  readonly text: string;
  /** The files with its parts. */
  readonly textFile: string;
  readonly htmlFile: string;
}

const WAIT_MS = 60_000;

/** All mails to an address, oldest first. */
export async function mailsTo(address: string, folder: string): Promise<DemoMail[]> {
  const names = readdirSync(folder).filter(name => name.endsWith(`-${address}.eml`));
  return Promise.all(
    names.sort().map(async name => {
      const [textFile, htmlFile] = ["txt", "html"].map(kind => join(folder, name.replace(/eml$/, kind))) as [
        string,
        string,
      ];
      const { subject = "" } = await PostalMime.parse(readFileSync(join(folder, name)));
      return { subject, text: readFileSync(textFile, "utf8"), textFile, htmlFile };
    }),
  );
}

/** The last matching mail to an address. Waits up to 60 s for it. */
export async function mailTo(
  address: string,
  matches: (mail: DemoMail) => boolean,
  folder: string,
): Promise<DemoMail | undefined> {
  for (const deadline = Date.now() + WAIT_MS; ; await sleep(100)) {
    const found = (await mailsTo(address, folder)).filter(matches).at(-1);
    if (found || Date.now() > deadline) return found;
  }
}
