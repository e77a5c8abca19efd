import type { AccessLine } from "./access-lines";
import { clip } from "./plain-text";
import type { View } from "./view";

/** A piece of text: prose, a name to be shown as it is, or a label. Never markup. */
export interface Span {
  readonly kind: "prose" | "code" | "label";
  readonly text: string;
}
export type Line = readonly Span[];

/** The lines about one account, or in one part of a message. */
export interface Item {
  readonly heading: Line;
  readonly lines: readonly Line[];
}

/** A message for a chat, before it becomes one service's markup. */
export interface Summary {
  readonly intro: readonly Line[];
  readonly items: readonly Item[];
  readonly footer: Line;
}

/** The longest text in a chat; mails have longer ones. */
const PROSE = 300;
const LISTED = 20;

const spanOf =
  (kind: Span["kind"]) =>
  (text: string): Span => ({ kind, text: clip(text, PROSE) });
const prose = spanOf("prose");
const code = spanOf("code");
const label = spanOf("label");

export const summaryOf = (view: View): Summary => ({
  intro: [...introOf(view), ...whyOf(view)],
  items: itemsOf(view),
  footer: footerOf(view),
});

function introOf(view: View): Line[] {
  switch (view.event) {
    case "reconcile.succeeded": {
      const sessions = view.sessionsEnded > 0 ? `, ${view.sessionsText} ended` : "";
      return [[prose(`${view.action}: ${view.statementsText}${sessions}`)]];
    }
    case "reconcile.failed":
      return [
        [prose(view.message)],
        [prose(`Statements that ran: ${view.ran} of ${view.of}. They stay in effect.`)],
      ];
    case "drift.detected": {
      const repaired = "The cluster was not as declared. This run repaired it.";
      const found = view.hasHolders
        ? "Accounts without the prefix have new access. Revoke it by hand, or plan and apply to accept it."
        : "The cluster is not as declared.";
      return [[prose(view.repaired ? repaired : found)]];
    }
    case "password.rotated":
      return [holderLine(view), [prose(`The old password works until ${view.oldUntil}.`)]];
    case "password.rotation-failed":
      return [holderLine(view), [prose(`${view.step}: ${view.message}`)]];
    default:
      return [holderLine(view)];
  }
}

const holderLine = ({ account, name }: View): Line => [
  ...(name === "" ? [] : [label(name), prose(", ")]),
  code(account),
];

function itemsOf(view: View): Item[] {
  switch (view.event) {
    case "reconcile.succeeded": {
      const people = view.people.map(({ name, account, what, lines }) => ({
        heading: [label(name), prose(" ("), code(account), prose(`) ${what}`)],
        lines: lines.map(accessLine),
      }));
      const more = { heading: [prose(`and ${view.changesOmitted} more: see the audit trail`)], lines: [] };
      return view.changesOmitted > 0 ? [...people, more] : people;
    }
    case "reconcile.failed":
      return listed("Accounts concerned", view.accounts);
    case "drift.detected": {
      const sql = `${view.statementsText} ${view.repaired ? "repaired it" : "would repair it"}`;
      return [
        ...listed("Accounts that differ", view.accounts),
        ...listed("Accounts that nobody declared", view.undeclared),
        ...listed("Not managed, with new access", view.holders),
        ...listed(sql, view.sql),
      ];
    }
    case "password.rotated":
    case "password.rotation-failed":
      return listed("Secret", [view.secret]);
    case "access.granted":
    case "access.changed":
      return [
        {
          heading: [label(view.isSuspended ? "Suspended. It keeps" : "Access")],
          lines: view.lines.map(accessLine),
        },
        ...listed("What a login has to keep to", view.terms),
      ];
    default: {
      const heading = [label(view.event === "access.expiring" ? `Ends ${view.inDays}` : "Ended")];
      return [
        { heading, lines: view.ending.map(accessLine) },
        ...listed("Locked, not gone. These objects run with its rights", view.objects),
      ];
    }
  }
}

function accessLine(line: AccessLine): Line {
  const { database, isEnded, project, reason, role, roleBefore, until, untilBefore } = line;
  const end = until !== "" ? `until ${until}` : isEnded ? "ended" : "no end date";
  const was = [roleBefore, untilBefore].filter(Boolean).join(", ");
  const rest = [was && `was ${was}`, project, reason].filter(Boolean).map(text => `; ${text}`);
  return [code(database), prose(`: ${role}, ${end}`), ...rest.map(prose)];
}

function listed(title: string, values: readonly string[]): Item[] {
  if (values.length === 0) return [];
  const more = values.length > LISTED ? [[prose(`and ${values.length - LISTED} more`)]] : [];
  const lines = values.slice(0, LISTED).map(value => [code(value)]);
  return [{ heading: [label(title)], lines: [...lines, ...more] }];
}

function whyOf({ event, why, plannedBy, reference }: View): Line[] {
  if (event === "drift.detected") return [];
  const planned = plannedBy === "" ? [] : [prose("; planned by "), code(plannedBy)];
  const referred = reference === "" ? [] : [prose("; reference "), code(reference)];
  return [[prose(`Why: ${why}`), ...planned, ...referred]];
}

const footerOf = ({ cluster, time, correlationId }: View): Line => [
  prose("aurora-users, cluster "),
  code(cluster),
  prose(`, ${time}, correlation id `),
  code(correlationId),
];
