import { printable } from "../../core/printable";
import type { ClusterSummary, Summary } from "../../core/summary/summary";
import { counted } from "../terminal/table";

/** Statements of one kind, by the words with which they begin. */
export interface SqlGroup {
  readonly title: string;
  readonly statements: readonly string[];
}

const GROUPS: readonly (readonly [string, RegExp])[] = [
  ["takes access", /^(REVOKE|DROP|ALTER USER .* ACCOUNT LOCK$)/s],
  ["makes accounts", /^CREATE/],
  ["gives access", /^(GRANT|SET DEFAULT ROLE)/],
  ["changes accounts", /^/],
];

/** The statements of a cluster, grouped, each with its position in the set. */
export function groupedSql({ statements }: Pick<ClusterSummary, "statements">): SqlGroup[] {
  const groups = GROUPS.map(([title]) => ({ title, statements: [] as string[] }));
  for (const [index, sql] of statements.entries()) {
    const at = GROUPS.findIndex(([, pattern]) => pattern.test(sql));
    groups[at]!.statements.push(`${String(index + 1).padStart(4, "0")}  ${printable(sql)}`);
  }
  return groups.filter(group => group.statements.length > 0);
}

/**
 * The folded sections with SQL and notes, as far as they fit.
 * @param span how a note is written
 * @returns with the number of statements and notes that did not fit
 */
export function sqlSections({ clusters }: Summary, room: number, span: (text: string) => string) {
  const sections: string[] = [];
  let left = room;
  let leftOut = 0;
  const fits = (line: string) => {
    if (line.length + 1 > left) return false;
    left -= line.length + 1;
    return true;
  };
  for (const cluster of clusters) {
    if (cluster.statements.length + cluster.notes.length === 0) continue;
    const count = counted(cluster.statements.length, "statement");
    const title = `<details><summary>SQL on <code>${escapeHtml(printable(cluster.cluster))}</code>: ${count}</summary>`;
    if (left < title.length + 200) {
      leftOut += cluster.statements.length + cluster.notes.length;
      continue;
    }
    left -= title.length + 100;
    const lines: string[] = [];
    for (const { statements, title: kind } of groupedSql(cluster)) {
      const fence = fenceFor(statements);
      const shown = statements.filter(fits);
      leftOut += statements.length - shown.length;
      left -= kind.length + 2 * fence.length + 60;
      if (shown.length > 0)
        lines.push("", `${kind} (${statements.length}):`, "", `${fence}sql`, ...shown, fence);
    }
    const notes = cluster.notes.map(note => `- ${span(printable(note))}`);
    const shown = notes.filter(fits);
    leftOut += notes.length - shown.length;
    if (shown.length > 0) lines.push("", "Notes:", "", ...shown);
    sections.push("", title, ...lines, "", "</details>");
  }
  return { sections, leftOut };
}

/** A fence that no line of the block ends. */
function fenceFor(lines: readonly string[]): string {
  const longest = lines.reduce(
    (most, line) => Math.max(most, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)),
    2,
  );
  return "`".repeat(longest + 1);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, found => ENTITIES[found]!);
