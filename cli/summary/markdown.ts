import { groupBy } from "../../core/group-by";
import { printable } from "../../core/printable";
import type { AccessChange } from "../../core/summary/access-change";
import type { Summary } from "../../core/summary/summary";
import { counted } from "../terminal/table";
import {
  administratorGains,
  cells,
  changeLine,
  FEW_CHANGES,
  factLines,
  HEADING,
  headline,
  losses,
  warningLine,
} from "./document";
import { code, type Format, joined, type Line, rendered } from "./pieces";
import { sqlSections } from "./sql-sections";

/** The most characters of a comment on GitHub. */
export const COMMENT_LIMIT = 65_536;

/** Text as code of Markdown, in which nothing is a mention, a link or markup. */
export function codeSpan(text: string): string {
  if (text === "") return "(empty)";
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const isBare = !/^`|`$|^ .* $/.test(text);
  return isBare ? fence + text + fence : `${fence} ${text} ${fence}`;
}

/** In a table, a `|` ends the cell also within code, unless it is escaped. */
const cellSpan = (text: string): string => codeSpan(text).replaceAll("|", "\\|");

const MARKDOWN: Format = { code: codeSpan, plain: text => text, strong: text => `**${text}**` };
const CELL: Format = { ...MARKDOWN, code: cellSpan };

export interface MarkdownOptions {
  /** Tells the comments of several plans of one change apart. @default - the comment's marker has no name */
  readonly marker?: string | undefined;
  /** In characters. @default 65,536 */
  readonly limit?: number | undefined;
}

/** How a list of changes names each, in the order in which they are tried. */
type Detail = (changes: readonly AccessChange[]) => Line;

const IN_FULL: Detail = changes => joined(changes.map(changeLine), ", ");

const byCluster = (changes: readonly AccessChange[]) =>
  [...groupBy(changes, ({ cluster }) => cluster)].map(
    ([cluster, some]) => [cluster, [...new Set(some.map(({ account }) => account))]] as const,
  );

/** Each account once a cluster. */
const BY_NAME: Detail = changes =>
  joined(
    byCluster(changes).map(([cluster, accounts]) => [
      code(cluster),
      ": ",
      ...joined(
        accounts.map(account => [code(account)]),
        " ",
      ),
    ]),
    "; ",
  );

/** The names with what they begin with in common written once: ``orders, each `sl_…`: `a b c` ``. */
const BARE: Detail = changes =>
  joined(
    byCluster(changes).map(([cluster, accounts]) => {
      const prefix = commonPrefix(accounts);
      const rest = accounts.map(account => printable(account.slice(prefix.length))).join(" ");
      const begins: Line = prefix === "" ? [] : [", each name begins with ", code(prefix)];
      return [code(cluster), ...begins, ": ", { code: rest }];
    }),
    "; ",
  );

function commonPrefix([first = "", ...others]: readonly string[]): string {
  let length = others.length === 0 ? 0 : first.length;
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}

/** The first names, where not even the bare names fit. */
const cut =
  (room: number): Detail =>
  changes => {
    const shown: string[] = [];
    let used = 0;
    for (const { account, cluster } of changes) {
      used += account.length + cluster.length + 2;
      if (used > room) break;
      shown.push(printable(`${account}@${cluster}`));
    }
    return [
      `ONLY THE FIRST ${shown.length} FIT, ${changes.length - shown.length} ARE MISSING HERE, see --format text: `,
      code(shown.join(" "), room),
    ];
  };

/** The lines that name each loss and each gain of administrator's access. */
function namedLines(summary: Summary, detail: Detail): string[] {
  const [gained, lost] = [administratorGains(summary), losses(summary)];
  const line = (title: string, changes: readonly AccessChange[]) =>
    `- **${title}** (${changes.length}): ${changes.length === 0 ? "none" : rendered(detail(changes), MARKDOWN)}`;
  const isSure = ({ doubt }: AccessChange) => doubt === undefined;
  const isUnsure = (change: AccessChange) => !isSure(change);
  const doubtful = (title: string, changes: readonly AccessChange[]) =>
    changes.some(isUnsure) ? [line(title, changes.filter(isUnsure))] : [];
  return [
    line("Administrator's access gained", gained.filter(isSure)),
    line("Access lost", lost.filter(isSure)),
    ...doubtful("Administrator's access that would be gained", gained),
    ...doubtful("Access that would be lost", lost),
  ];
}

/**
 * The summary as Markdown (GFM) of at most `limit` characters. It counts what it leaves out; all losses and
 * all gains of administrator's access are named.
 */
export function markdownText(
  summary: Summary,
  { limit = COMMENT_LIMIT, marker }: MarkdownOptions = {},
): string {
  const end = `\n\n<!-- aurora-users-summary${marker === undefined ? "" : `: ${marker}`} -->`;
  const room = limit - end.length - 400;
  const table = summary.changes.map(rowText);
  const isFew = table.length <= FEW_CHANGES;
  const few = [...head(summary, []), "", ...(table.length > 0 ? [...tableHead, ...table] : [])];
  const start = isFew && sizeOf(few) <= room ? undefined : largeHead(summary, room);
  const lines = start ? [...start, "", ...tableHead] : few;
  let left = room - sizeOf(lines);
  if (start) {
    const shown = fitting(table, left);
    lines.push(...shown);
    left -= sizeOf(shown);
    const more = table.length - shown.length;
    if (more > 0) lines.push("", `${counted(more, "more row")} left out here: \`--format text\` has all.`);
  }
  const { sections, leftOut } = sqlSections(summary, left, codeSpan);
  lines.push(...sections);
  if (leftOut > 0)
    lines.push("", `${counted(leftOut, "statement or note", "statements and notes")} left out here.`);
  return lines.join("\n") + end;
}

const tableHead = [`| ${HEADING.join(" | ")} |`, `|${HEADING.map(() => "---|").join("")}`];

const rowText = (change: AccessChange): string =>
  `| ${cells(change)
    .map(line => rendered(line, CELL))
    .join(" | ")} |`;

/** The lines before the table. */
function head(summary: Summary, named: readonly string[], most = 20): string[] {
  const warning = warningLine(summary, 100);
  return [
    `**${headline(summary, MARKDOWN)}**`,
    "",
    ...(warning ? [`- ⚠️ ${rendered(warning, MARKDOWN)}`] : []),
    ...named,
    ...factLines(summary, most).map(line => `- ${rendered(line, MARKDOWN)}`),
  ];
}

/** The same with the names of all that must be named, in the most detail that fits. */
function largeHead(summary: Summary, room: number): string[] {
  const details = [IN_FULL, BY_NAME, BARE, cut(Math.floor(room / 4))];
  const heads = details.map(
    (detail, index) => () => head(summary, namedLines(summary, detail), index === 0 ? 20 : 5),
  );
  for (const make of heads.slice(0, -1)) {
    const lines = make();
    // Some rows of the table fit, too, if a shorter form is enough for the names.
    if (sizeOf(lines) + 300 <= room) return lines;
  }
  return heads.at(-1)!();
}

const sizeOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);

function fitting(rows: readonly string[], room: number): string[] {
  let left = room - 100;
  const shown: string[] = [];
  for (const row of rows) {
    left -= row.length + 1;
    if (left < 0) break;
    shown.push(row);
  }
  return shown;
}
