import { jsonBytes } from "../../../core/split-list";
import { clip } from "../render/plain-text";
import type { Item, Line, Span, Summary } from "../render/summary";

/** The parts of an Adaptive Card that are used. @see https://adaptivecards.io/explorer/RichTextBlock.html */
interface TextRun {
  readonly type: "TextRun";
  readonly text: string;
  readonly weight?: "Bolder";
  readonly size?: "Large" | "Small";
  readonly fontType?: "Monospace";
  readonly isSubtle?: boolean;
}
interface RichTextBlock {
  readonly type: "RichTextBlock";
  readonly inlines: readonly TextRun[];
  readonly spacing?: "None" | "Small" | "Medium";
  readonly separator?: boolean;
}

/**
 * Teams accepts 28 KB.
 * @see https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
export const TEAMS_BYTES = 28 * 1024;

/**
 * A card with as many items as fit. Its text runs have no Markdown, so nothing in them becomes a link or a
 * format.
 */
export function teamsMessage(title: string, summary: Summary): TeamsMessage {
  const intro = summary.intro.map(line => block(line, { spacing: "Small" }));
  const footer = block(
    summary.footer,
    { spacing: "Medium", separator: true },
    { size: "Small", isSubtle: true },
  );
  const more = (left: number) =>
    left > 0 ? [block([{ kind: "prose", text: `… and ${left} more` }], { spacing: "Medium" })] : [];
  const items = summary.items.map(blocksOf);
  let room = TEAMS_BYTES - jsonBytes(card(title, [...intro, ...more(items.length || 1), footer])) - 1;
  const kept = items.findIndex(blocks => {
    room -= jsonBytes(blocks);
    return room < 0;
  });
  const shown = kept < 0 ? items : items.slice(0, kept);
  return card(title, [...intro, ...shown.flat(), ...more(items.length - shown.length), footer]);
}

/** What the Workflows app's "When a Teams webhook request is received" accepts. */
export type TeamsMessage = ReturnType<typeof card>;

function card(title: string, rest: readonly RichTextBlock[]) {
  const heading = block([{ kind: "label", text: title }], {}, { size: "Large" });
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    fallbackText: title,
    body: [heading, ...rest],
  } as const;
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
  } as const;
}

/** The most lines of one item, to leave room for others. */
const LINES = 25;

function blocksOf({ heading, lines }: Item): RichTextBlock[] {
  const left = lines.length - LINES;
  const more: Line[] = left > 0 ? [[{ kind: "prose", text: `… and ${left} more` }]] : [];
  return [
    block(heading, { spacing: "Medium" }),
    ...[...lines.slice(0, LINES), ...more].map(line =>
      block([{ kind: "prose", text: "•  " }, ...line], { spacing: "None" }),
    ),
  ];
}

const block = (
  line: Line,
  layout: Omit<RichTextBlock, "type" | "inlines">,
  look: Partial<TextRun> = {},
): RichTextBlock => ({
  type: "RichTextBlock",
  inlines: line.filter(({ text }) => text !== "").map(span => ({ ...run(span), ...look })),
  ...layout,
});

function run({ kind, text }: Span): TextRun {
  const style =
    kind === "code"
      ? { fontType: "Monospace" as const }
      : kind === "label"
        ? { weight: "Bolder" as const }
        : {};
  // Cards replace `{{DATE(...)}}` and `{{TIME(...)}}`, and templates `${...}`.
  return { type: "TextRun", text: clip(text, 500).replace(/([{$])(?=\{)/g, "$1\u200b"), ...style };
}
