import type { AccessEvent, EventOwner } from "../../../core/events/events";
import type { ChannelOf } from "../../../core/events/notifications";
import { ownerShare } from "../render/owner-share";

/** Somebody who gets one message, and what it is about. */
export interface MailRecipient {
  readonly address: string;
  readonly name: string;
  readonly event: AccessEvent;
  readonly forOwner: boolean;
}

/**
 * Who gets a mail about an event, once each: the person whose access it is; the owners for their projects' part of a run;
 * the list for all of it. Who is on the list gets no owner's part beside.
 */
export function mailRecipients(event: AccessEvent, to: ChannelOf<"email">["to"]): MailRecipient[] {
  if ("account" in event.detail) {
    const { email, name = "" } = event.detail;
    return to.person && email ? [{ address: email, name, event, forOwner: false }] : [];
  }
  const listed = once(to.addresses.map(address => ({ address, name: "", event, forOwner: false })));
  if (event.type !== "reconcile.succeeded" || !to.owners) return listed;
  const reached = new Set(listed.map(({ address }) => key(bare(address))));
  const owners = [...projectsOf(event.detail.owners)]
    .filter(([address]) => !reached.has(address))
    .flatMap(([, { email, name, projects }]) => {
      const share = ownerShare(event, projects);
      return share ? [{ address: email, name, event: share, forOwner: true }] : [];
    });
  return [...listed, ...owners];
}

function projectsOf(
  owners: readonly EventOwner[],
): Map<string, { email: string; name: string; projects: readonly string[] }> {
  const byAddress = new Map<string, { email: string; name: string; projects: readonly string[] }>();
  for (const { email, name = "", project } of owners) {
    const known = byAddress.get(key(email));
    byAddress.set(
      key(email),
      known ? { ...known, projects: [...known.projects, project] } : { email, name, projects: [project] },
    );
  }
  return byAddress;
}

const once = (recipients: readonly MailRecipient[]): MailRecipient[] =>
  recipients.filter(
    (one, at) => at === recipients.findIndex(other => key(bare(other.address)) === key(bare(one.address))),
  );

/** The address alone of `Jane <jane@example.com>`. */
const bare = (address: string): string => /<([^<>]*)>\s*$/.exec(address)?.[1] ?? address;
const key = (address: string): string => address.trim().toLowerCase();
