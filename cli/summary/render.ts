import type { Summary } from "../../core/summary/summary";
import { type Arguments, type CommandOption, type Io, jsonOption, printJson } from "../terminal/command";
import { UsageError } from "../terminal/errors";
import { htmlPage } from "./html-page";
import { COMMENT_LIMIT, markdownText } from "./markdown";
import { plainText } from "./plain-text";

const FORMATS = ["markdown", "text", "json", "html"] as const;
type SummaryFormat = (typeof FORMATS)[number];

/** The least that a comment needs for its headline, its facts and the names of some. */
const LEAST = 8_000;

/** The options by which `summary` and `diff` print. */
export const formatOptions = {
  format: { kind: "text", value: "<format>", summary: `one of ${FORMATS.join(", ")}` },
  json: jsonOption,
  marker: {
    kind: "text",
    value: "<name>",
    summary: "Markdown: name the hidden marker, where one change has several comments",
  },
  limit: {
    kind: "text",
    value: "<n>",
    summary: `Markdown: the most characters, from ${LEAST} on (default: ${COMMENT_LIMIT})`,
  },
} as const satisfies Record<string, CommandOption>;

const MARKER = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/;

/** How a command is to print. @throws UsageError */
export function formatOf(args: Arguments, otherwise: SummaryFormat) {
  const given = args.text("format");
  const format = given === undefined ? otherwise : FORMATS.find(known => known === given);
  if (format === undefined)
    throw new UsageError(`\`--format\` must be one of ${FORMATS.join(", ")}, not "${given}"`);
  if (args.flag("json") && given !== undefined && format !== "json")
    throw new UsageError("`--json` and `--format` contradict each other");
  const marker = args.text("marker");
  // It is within a comment of HTML, which `--` could end.
  if (marker !== undefined && (!MARKER.test(marker) || marker.includes("--")))
    throw new UsageError("`--marker` must be letters, digits, `.`, `_`, `/` and single `-`, at most 100");
  const limit = args.text("limit");
  if (limit !== undefined && !(/^\d{1,9}$/.test(limit) && Number(limit) >= LEAST))
    throw new UsageError(`\`--limit\` must be a whole number from ${LEAST} on`);
  return {
    format: args.flag("json") ? "json" : format,
    marker,
    limit: limit === undefined ? undefined : Number(limit),
  };
}

/** The option by which they name who has to agree instead. */
export const approversOption: CommandOption = {
  kind: "flag",
  summary: "only name the owners who have to agree, a line for each, or as JSON",
};

/** Whether `--approvers` is to print JSON. @throws UsageError for a format that it does not have */
export function approversAsJson(args: Arguments): boolean {
  const format = args.text("format") ?? "text";
  if (format !== "text" && format !== "json")
    throw new UsageError("`--approvers` prints text or JSON: leave `--format` out, or give one of them");
  return args.flag("json") || format === "json";
}

/** Prints a summary. */
export function printSummary(
  summary: Summary,
  { format, limit, marker }: ReturnType<typeof formatOf>,
  io: Io,
): void {
  if (format === "json") printJson(io, summary);
  else if (format === "html") io.out(htmlPage(summary));
  else io.out(format === "text" ? plainText(summary) : markdownText(summary, { limit, marker }));
}
