import type { Summary } from "../../core/summary/summary";
import { tableText } from "../terminal/table";
import { cells, factLines, HEADING, headline, warningLine } from "./document";
import { PLAIN, rendered } from "./pieces";
import { groupedSql } from "./sql-sections";

/** The summary for terminals and logs: all of it, whatever its length. */
export function plainText(summary: Summary): string {
  const rows = summary.changes.map(change => cells(change).map(line => rendered(line, PLAIN)));
  const sql = summary.clusters.flatMap(cluster =>
    groupedSql(cluster).flatMap(({ statements, title }) => [
      "",
      `${cluster.cluster}: SQL that ${title} (${statements.length})`,
      ...statements.map(statement => `  ${statement}`),
    ]),
  );
  const notes = summary.clusters.flatMap(({ cluster, notes: all }) =>
    all.length === 0 ? [] : ["", `${cluster}: notes`, ...all.map(note => `  ${note}`)],
  );
  const warning = warningLine(summary);
  return [
    headline(summary, { ...PLAIN, code: text => `\`${text}\`` }),
    ...(warning ? [`! ${rendered(warning, PLAIN)}`] : []),
    ...factLines(summary, Number.POSITIVE_INFINITY).map(line => `- ${rendered(line, PLAIN)}`),
    ...(rows.length > 0
      ? [
          "",
          tableText(
            HEADING.map(text => text.toUpperCase()),
            rows,
          ),
        ]
      : []),
    ...sql,
    ...notes,
  ].join("\n");
}
