import type { AccessEvent } from "./events";

/** Addresses that get a mail about an event of the run, in lower case. */
export type MailedAddresses = Set<string>;

/**
 * Takes the address out of events about accounts that a source declares, where another event of the run has
 * it. The writers of a source could otherwise send someone hundreds of mails.
 * @param mailed addresses of earlier events of the run; those of these events are added
 */
export function oneMailEach(
  events: readonly AccessEvent[],
  mailed: MailedAddresses = new Set(),
): AccessEvent[] {
  for (const { detail } of events)
    if ("account" in detail && detail.source === undefined && detail.email !== undefined)
      mailed.add(detail.email.toLowerCase());
  return events.map(event => {
    const { detail } = event;
    if (!("account" in detail) || detail.source === undefined || detail.email === undefined) return event;
    const address = detail.email.toLowerCase();
    const { email: _, ...without } = detail;
    if (mailed.has(address)) return { ...event, detail: without } as AccessEvent;
    mailed.add(address);
    return event;
  });
}
