import type { Summary } from "../../core/summary/summary";
import { counted } from "../terminal/table";
import { cells, factLines, HEADING, headline, warningLine } from "./document";
import { code, type Format, rendered } from "./pieces";
import { escapeHtml, groupedSql } from "./sql-sections";

/** `bdi` keeps a name that is written from right to left from turning the text around it. */
const HTML: Format = {
  code: text => `<code><bdi>${escapeHtml(text)}</bdi></code>`,
  plain: escapeHtml,
  strong: text => `<strong>${escapeHtml(text)}</strong>`,
};

const STYLE = `
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem;
  color: #1b1f24; background: #fff; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; overflow-wrap: anywhere; }
td { min-width: 6rem; } td:last-child { min-width: 12rem; }
.warning { border-left: .4rem solid #9a3412; padding: .5rem 1rem; background: #fff4ed; }
.table { overflow-x: auto; } .table:focus-visible, summary:focus-visible { outline: 3px solid #1d4ed8; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; }
th, td { border: 1px solid #8a929c; padding: .3rem .5rem; text-align: left; vertical-align: top; }
th { background: #eef1f4; } pre { white-space: pre-wrap; }
.loss, .both { font-weight: bold; color: #a01313; }
@media (prefers-color-scheme: dark) {
  body { color: #e8eaed; background: #16191d; } th { background: #2a3037; }
  .warning { background: #3a2216; } .loss, .both { color: #ffb4b4; }
  .table:focus-visible, summary:focus-visible { outline-color: #93b4ff; }
}
@media print { body { margin: 0; max-width: none; } .table { overflow: visible; } }`;

/**
 * The summary as one page: all of it, with its style, without a script, and without a request to anywhere,
 * which its policy would refuse, too.
 */
export function htmlPage(summary: Summary): string {
  const warning = warningLine(summary);
  const rows = summary.changes.map(change => {
    const [kind, ...others] = cells(change).map(line => rendered(line, HTML));
    return `<tr><th scope="row" class="${change.kind}">${kind}</th>${others.map(cell => `<td>${cell}</td>`).join("")}</tr>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Who gains and who loses access</title>
<style>${STYLE}
</style>
</head>
<body>
<main>
<h1>${headline(summary, HTML)}</h1>
${warning ? `<p class="warning">${rendered(warning, HTML)}</p>` : ""}
<ul>
${factLines(summary, Number.POSITIVE_INFINITY)
  .map(line => `<li>${rendered(line, HTML)}</li>`)
  .join("\n")}
</ul>
${rows.length > 0 ? tableHtml(rows) : ""}
${sqlHtml(summary)}
</main>
</body>
</html>
`;
}

const tableHtml = (rows: readonly string[]): string =>
  `<div class="table" role="region" aria-label="Changes of access" tabindex="0">
<table><caption>${counted(rows.length, "change")} of access</caption>
<thead><tr>${HEADING.map(text => `<th scope="col">${text}</th>`).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>`;

function sqlHtml({ clusters }: Summary): string {
  return clusters
    .filter(({ notes, statements }) => notes.length + statements.length > 0)
    .map(cluster => {
      const groups = groupedSql(cluster).map(
        ({ statements, title }) =>
          `<h2>${escapeHtml(title)} (${statements.length})</h2>\n<pre><bdi>${statements.map(escapeHtml).join("\n")}</bdi></pre>`,
      );
      const notes = cluster.notes.map(note => `<li>${rendered([code(note, 4_096)], HTML)}</li>`);
      return `<details><summary>SQL on ${HTML.code(cluster.cluster)}: ${counted(cluster.statements.length, "statement")}</summary>
${groups.join("\n")}
${notes.length > 0 ? `<h2>Notes</h2>\n<ul>${notes.join("\n")}</ul>` : ""}
</details>`;
    })
    .join("\n");
}
