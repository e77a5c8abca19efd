import type { AccessLine } from "./access-lines";
import { clip } from "./plain-text";
import type { View } from "./view";

/** A piece of text: ours or somebody's prose, a name to be taken as it is, or a label. Never markup. */
export interface Span {
  readonly kind: "prose" | "code" | "label";
  readonly text: string;
}
export type Line = readonly Span[];

/** What is said of one account, or of one part of a message. */
export interface Item {
  readonly heading: Line;
  readonly lines: readonly Line[];
}

/** A message for a chat, before it is made into one service's markup. */
export interface Summary {
  readonly intro: readonly Line[];
  readonly items: readonly Item[];
  readonly footer: Line;
}

/** Longer text is for the mail. */
const PROSE = 300;
const LISTED = 20;

const prose = (text: string): Span => ({ kind: "prose", text: clip(text, PROSE) });
const code = (text: string): Span => ({ kind: "code", text: clip(text, PROSE) });
const label = (text: string): Span => ({ kind: "label", text: clip(text, PROSE) });

export function summaryOf(view: View): Summary {
  return { intro: [...introOf(view), ...whyOf(view)], items: itemsOf(view), footer: footerOf(view) };
}

function introOf(view: View): Line[] {
  switch (view.event) {
    case "reconcile.succeeded": {
      const sessions = view.sessionsEnded > 0 ? `, ${view.sessionsText} ended` : "";
      return [[prose(`${view.action}: ${view.statementsText}${sessions}`)]];
    }
    case "reconcile.failed":
      return [
        [prose(view.message)],
        [prose(`Statements that ran: ${view.ran} of ${view.of}. What ran stays.`)],
      ];
    case "drift.detected":
      return [
        [prose(view.repaired ? "It was not as declared; this run put it right." : "It is not as declared.")],
      ];
    default:
      return [[label(view.name), prose(", "), code(view.account)]];
  }
}

function itemsOf(view: View): Item[] {
  switch (view.event) {
    case "reconcile.succeeded":
      return [
        ...view.people.map(({ name, account, what, lines }) => ({
          heading: [label(name), prose(" ("), code(account), prose(`) ${what}`)],
          lines: lines.map(accessLine),
        })),
        ...(view.changesOmitted > 0
          ? [{ heading: [prose(`and ${view.changesOmitted} more: see the audit trail`)], lines: [] }]
          : []),
      ];
    case "reconcile.failed":
      return listed("Accounts concerned", view.accounts);
    case "drift.detected":
      return [
        ...listed("Accounts that differ", view.accounts),
        ...listed("Accounts with the prefix that nobody declared", view.undeclared),
        ...listed(
          `${view.statementsText} ${view.repaired ? "put it right" : "would put it right"}`,
          view.sql,
        ),
      ];
    case "access.granted":
    case "access.changed":
      return [{ heading: [label("Access")], lines: view.lines.map(accessLine) }];
    default:
      return [
        {
          heading: [label(view.event === "access.expiring" ? `Ends ${view.inDays}` : "Ended")],
          lines: view.ending.map(accessLine),
        },
      ];
  }
}

function accessLine({
  database,
  role,
  until,
  roleBefore,
  untilBefore,
  isEnded,
  reason,
  project,
}: AccessLine): Line {
  const end = until === "" ? "no end date" : `until ${until}`;
  const was = [roleBefore, untilBefore].filter(Boolean).join(", ");
  const rest = [was && `was ${was}`, project, reason].filter(Boolean).map(text => `; ${text}`);
  return [
    code(database),
    prose(`: ${role}${isEnded && until === "" ? ", ended" : `, ${end}`}`),
    ...rest.map(prose),
  ];
}

function listed(title: string, values: readonly string[]): Item[] {
  if (values.length === 0) return [];
  const more = values.length > LISTED ? [[prose(`and ${values.length - LISTED} more`)]] : [];
  return [
    { heading: [label(title)], lines: [...values.slice(0, LISTED).map(value => [code(value)]), ...more] },
  ];
}

function whyOf({ event, why, plannedBy, reference }: View): Line[] {
  if (event === "drift.detected") return [];
  const by = plannedBy === "" ? [] : [prose("; planned by "), code(plannedBy)];
  return [
    [prose(`Why: ${why}`), ...by, ...(reference === "" ? [] : [prose("; reference "), code(reference)])],
  ];
}

const footerOf = ({ cluster, time, correlationId }: View): Line => [
  ...[
    prose("aurora-users, cluster "),
    code(cluster),
    prose(`, ${time}, correlation id `),
    code(correlationId),
  ],
];
