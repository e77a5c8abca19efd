import { createHash } from "node:crypto";
import { defined } from "../../core/json";
import {
  columnText,
  grantText,
  lastDay,
  type Matrix,
  type MatrixColumn,
  type MatrixPerson,
} from "../../core/matrix/matrix";
import { printable } from "../../core/printable";
import { counted } from "../terminal/table";
import { PAGE_SCRIPT, ROWS_AT_ONCE } from "./page-script";
import { PAGE_STYLE } from "./page-style";

export interface PageOptions {
  /** When the page was made. */
  readonly now: Date;
  /** How many days before its end a grant is marked. */
  readonly endingDays: number;
}

const REPLACED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A text in HTML, also within an attribute. What nobody sees, or turns a text around, is an escape. */
const html = (text: string): string => printable(text).replace(/[&<>"']/g, found => REPLACED[found]!);

/** JSON in a script element, which no text in it can end or turn into a comment. */
const scriptJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    found => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** A button needs a text, and a name may be a space. */
const headingOf = (column: MatrixColumn): string => {
  const text = columnText(column);
  return text.trim() === "" ? `"${text}"` : text;
};

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Only the page's own script and style run, and nothing is asked for. */
const POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(PAGE_SCRIPT)}`,
  `style-src ${hashOf(PAGE_STYLE)}`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/**
 * The matrix as one page that asks for nothing: it can be searched, sorted, filtered and printed. Without
 * scripts it has a table of the first people.
 */
export function matrixPage(matrix: Matrix, { endingDays, now }: PageOptions): string {
  const { columns, people } = matrix;
  const made = now.toISOString().slice(0, 16).replace("T", " ");
  const soon = `Ends within ${counted(endingDays, "day")}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>Access to databases</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<a class="skip" href="#table">Skip to the table</a>
<header>
<h1>Access to databases</h1>
<p>${counted(people.length, "person", "people")}, ${counted(columns.length, "database")}, as the users folder says at ${made} UTC.
The databases were not asked. <span class="soon">ends soon</span>: within ${counted(endingDays, "day")}.
<span class="ended">ended</span>: gives nothing any more.</p>
</header>
<main>
<form id="filters" hidden>
<label>Search <input id="search" type="search" autocomplete="off"></label>
<label>Cluster <select id="cluster"><option value="">All</option>${options(columns.map(({ cluster }) => cluster))}</select></label>
<label>Role <select id="role"><option value="">All</option>${options(rolesOf(matrix))}</select></label>
<label>End <select id="ending"><option value="">Any</option><option value="soon">${soon}</option><option value="ended">Has ended</option><option value="none">No end</option></select></label>
<button type="reset">Clear</button>
<button type="button" id="print">Print</button>
</form>
<p id="count" role="status"></p>
<div class="frame" role="region" aria-label="People by databases" tabindex="0" id="table">
<table>
<thead><tr><th scope="col">Person</th><th scope="col">Next end</th>${columns
    .map(column => `<th scope="col">${html(headingOf(column))}<small>${html(column.cluster)}</small></th>`)
    .join("")}</tr></thead>
<tbody>${people
    .slice(0, ROWS_AT_ONCE)
    .map(person => staticRow(person, columns.length))
    .join("\n")}</tbody>
</table>
</div>
<p id="static">${
    people.length > ROWS_AT_ONCE
      ? `Without scripts, only the first ${ROWS_AT_ONCE} people are here: <code>aurora-users matrix --csv</code> has all.`
      : "Without scripts, nothing can be searched here."
  }</p>
<p><button type="button" id="more" hidden>Show more</button></p>
</main>
<script type="application/json" id="data">${scriptJson(dataOf(matrix))}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

const options = (names: readonly string[]): string =>
  [...new Set(names)].map(name => `<option value="${html(name)}">${html(name)}</option>`).join("");

const rolesOf = ({ people }: Matrix): string[] =>
  [...new Set(people.flatMap(({ cells }) => [...cells.values()].flat().map(({ role }) => role)))].sort();

function staticRow({ cells, email, user }: MatrixPerson, columns: number): string {
  const indexes = Array.from({ length: columns }, (_, index) => index);
  const texts = indexes.map(index =>
    (cells.get(index) ?? [])
      .map(grant => `<span class="${grant.ending ?? ""}">${html(grantText(grant))}</span>`)
      .join("; "),
  );
  const address = email === undefined ? "" : `<small>${html(email)}</small>`;
  const next = nextEnd({ cells });
  return `<tr><th scope="row">${html(user)}${address}</th><td>${next ? html(lastDay(next)) : ""}</td>${texts
    .map(text => `<td>${text}</td>`)
    .join("")}</tr>`;
}

const nextEnd = ({ cells }: Pick<MatrixPerson, "cells">): string | undefined =>
  [...cells.values()]
    .flat()
    .flatMap(({ ending, expires }) => (expires !== undefined && ending !== "ended" ? [expires] : []))
    .sort()[0];

/** What the script shows. Values of filters are as the options have them. */
const dataOf = ({ columns, people }: Matrix) => ({
  columns: columns.map(column => ({
    cluster: printable(column.cluster),
    text: printable(headingOf(column)),
  })),
  people: people.map(({ cells, email, user }) => ({
    user: printable(user),
    ...defined({ email: email && printable(email) }),
    cells: [...cells].flatMap(([column, grants]) =>
      grants.map(grant => ({
        column,
        account: printable(grant.account),
        role: printable(grant.role),
        text: printable(grantText(grant)),
        ...defined({
          ending: grant.ending,
          expires: grant.expires,
          until: grant.expires && lastDay(grant.expires),
          reason: grant.reason && printable(grant.reason),
          team: grant.team && printable(grant.team),
        }),
      })),
    ),
  })),
});
