import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import PostalMime from "postal-mime";

import { sleep } from "../process/child-process";

/** A mail, as it lies in the local cloud's folder. */
export interface DemoMail {
  readonly subject: string;
  readonly text: string;
  /** Its parts. */
  readonly textFile: string;
  readonly htmlFile: string;
}

const WAIT_MS = 20_000;

/** All mails to somebody, oldest first. */
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

/** The last mail to somebody that is such a one, as soon as it is there; mails take a moment. */
export async function mailTo(
  address: string,
  isSuch: (mail: DemoMail) => boolean,
  folder: string,
): Promise<DemoMail | undefined> {
  for (const deadline = Date.now() + WAIT_MS; ; await sleep(100)) {
    const found = (await mailsTo(address, folder)).filter(isSuch).at(-1);
    if (found || Date.now() > deadline) return found;
  }
}
