import type { AccessEvent, EventOwner } from "../../../core/events/events";
import type { ChannelOf } from "../../../core/events/notifications";
import { ownerShare } from "../../../core/events/owner-share";
import { groupBy } from "../../../core/group-by";

/** One recipient of one mail, and the event that it is about. */
export interface MailRecipient {
  readonly address: string;
  readonly name: string;
  readonly event: AccessEvent;
  readonly forOwner: boolean;
}

/**
 * The recipients of mails about an event, each once: the person whose access it is, the owners for their
 * projects' part of a run, and the list for the whole run, and for a rotation that failed. Addresses on the
 * list get no owner's part in addition.
 */
export function mailRecipients(event: AccessEvent, to: ChannelOf<"email">["to"]): MailRecipient[] {
  const byAddress = groupBy(to.addresses, address => key(bare(address)));
  const whole = { name: "", event, forOwner: false };
  const listed = [...byAddress.values()].map(([address = ""]) => ({ address, ...whole }));
  if ("account" in event.detail) {
    const { email, source } = event.detail;
    // The text of a source is no one's name in a mail's header.
    const name = source === undefined ? (event.detail.name ?? "") : "";
    const own = to.person && email ? [{ address: email, name, event, forOwner: false }] : [];
    if (event.type !== "password.rotation-failed") return own;
    return [...own.filter(({ address }) => !byAddress.has(key(address))), ...listed];
  }
  if (event.type !== "reconcile.succeeded" || !to.owners) return listed;
  const owners = [...groupBy(event.detail.owners, ({ email }) => key(email))]
    .filter(([address]) => !byAddress.has(address))
    .flatMap(([, owned]) => ownerRecipient(event, owned));
  return [...listed, ...owners];
}

/** The recipient of one owner's part; none if nothing in the event concerns the owner's projects. */
function ownerRecipient(
  event: Extract<AccessEvent, { type: "reconcile.succeeded" }>,
  owned: readonly EventOwner[],
): MailRecipient[] {
  const projects = owned.map(({ project }) => project);
  const share = ownerShare(event, projects);
  const { email, name = "" } = owned[0]!;
  return share ? [{ address: email, name, event: share, forOwner: true }] : [];
}

/** The address alone of `Jane <jane@example.com>`. */
const bare = (address: string): string => /<([^<>]*)>\s*$/.exec(address)?.[1] ?? address;
const key = (address: string): string => address.trim().toLowerCase();
