import type { ContextBlock, HeaderBlock, KnownBlock, SectionBlock } from "@slack/types";
import { clip } from "../render/plain-text";
import type { Item, Line, Span, Summary } from "../render/summary";

/**
 * What an incoming webhook accepts.
 * @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export interface SlackMessage {
  /** For notifications, and for clients that show no blocks. */
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

/** @see https://docs.slack.dev/reference/block-kit/blocks */
export const SLACK_LIMITS = { blocks: 50, header: 150, section: 3000 } as const;

export function slackMessage(title: string, summary: Summary): SlackMessage {
  const intro = section(summary.intro.map(mrkdwn));
  const room = SLACK_LIMITS.blocks - 4;
  const items = summary.items.slice(0, room).map(itemBlock);
  const left = summary.items.length - items.length;
  const more = left > 0 ? [context(`and ${left} more`)] : [];
  return {
    text: prose(title),
    blocks: [header(title), intro, ...items, ...more, context(mrkdwn(summary.footer))],
  };
}

function header(title: string): HeaderBlock {
  // The limit is for the text that is sent, in which an `&` has five characters.
  let length = SLACK_LIMITS.header;
  while (escaped(clip(title, length)).length > SLACK_LIMITS.header) length--;
  return {
    type: "header",
    text: { type: "plain_text", text: calm(escaped(clip(title, length))), emoji: false },
  };
}

const itemBlock = ({ heading, lines }: Item): SectionBlock =>
  section([mrkdwn(heading), ...lines.map(line => `•  ${mrkdwn(line)}`)]);

/** As many whole lines as fit into a section: cutting a line could cut an escape. */
function section(lines: readonly string[]): SectionBlock {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    if (length + line.length + 1 > SLACK_LIMITS.section - 40) break;
    kept.push(line);
    length += line.length + 1;
  }
  if (kept.length < lines.length) kept.push(`… and ${lines.length - kept.length} more`);
  // With `verbatim` Slack makes no links, channels or mentions out of plain text.
  return { type: "section", text: { type: "mrkdwn", text: kept.join("\n"), verbatim: true } };
}

const context = (text: string): ContextBlock => ({
  type: "context",
  elements: [{ type: "mrkdwn", text, verbatim: true }],
});

const mrkdwn = (line: Line): string => line.map(span).join("");

function span({ kind, text }: Span): string {
  if (text === "") return "";
  if (kind === "code") return `\`${calm(escaped(text.replaceAll("`", "ˋ")))}\``;
  return kind === "label" && text.trim() !== "" ? `*${prose(text.trim())}*` : prose(text);
}

const LOOK_ALIKES: Readonly<Record<string, string>> = { "*": "∗", _: "ˍ", "~": "∼", "`": "ˋ" };

/**
 * Text that stays text: characters that format, name an emoji or notify people are replaced by similar ones.
 */
const prose = (text: string): string =>
  calm(escaped(text))
    .replace(/[*_~`]/g, character => LOOK_ALIKES[character]!)
    .replace(/:(?=[\w+'-]+:)/g, "∶");

/** Notifies no one, even if Slack should look for mentions in spite of `verbatim`. */
const calm = (text: string): string => text.replace(/@(?=(here|channel|everyone|group)\b)/gi, "＠");

/** @see https://docs.slack.dev/messaging/formatting-message-text#escaping */
const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
