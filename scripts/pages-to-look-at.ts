import MarkdownIt from "markdown-it";
import { matrixPage } from "../cli/matrix/matrix-page";
import { htmlPage } from "../cli/summary/html-page";
import { markdownText } from "../cli/summary/markdown";
import { matrixOf } from "../core/matrix/matrix";
import type { AccessRow } from "../core/roster/access-rows";
import type { Roster } from "../core/roster/roster";
import { readPlan } from "../core/summary/read-plan";
import { summarizePlan } from "../core/summary/summarize-plan";
import { hostileStrings } from "../test/support/hostile-strings";
import { NOW, planJson } from "../test/support/summary-plans";

/** The matrix page of hostile names. */
export function hostileMatrix(): string {
  const names = hostileStrings(300);
  const rows = names.map(
    (name, index): AccessRow => ({
      account: `sl_${name}`,
      user: `${name}${index}`,
      email: `${index}@${name}`,
      cluster: index % 3 === 0 ? name : "orders",
      database: index % 5 === 0 ? name : "shop",
      role: index % 7 === 0 ? name : "read",
      reason: `<script>document.title="injected"</script>${name}`,
      ...(index % 2 === 0 && { expires: `2026-${index % 4 === 0 ? "12" : "11"}-01T00:00:00Z` }),
    }),
  );
  return pageOf(rows);
}

/** The matrix page of many people. */
export function largeMatrix(people: number): string {
  const rows = Array.from({ length: people }, (_, index) =>
    [0, 1, 2].map(
      (more): AccessRow => ({
        account: `sl_person.${index}`,
        user: `person.${index}`,
        email: `person.${index}@example.com`,
        cluster: `cluster${(index + more) % 4}`,
        database: `database${(index * 7 + more) % 12}`,
        role: ["read", "write", "admin"][(index + more) % 3]!,
        reason: `INC-${index}`,
        ...(index % 10 === 0 && { expires: "2026-12-01T00:00:00Z" }),
      }),
    ),
  ).flat();
  return pageOf(rows);
}

const pageOf = (rows: readonly AccessRow[]): string =>
  matrixPage(matrixOf(rows, { now: NOW, soon: new Date("2026-12-20T12:00:00Z") }), {
    now: NOW,
    endingDays: 30,
  });

const HOSTILE = [
  "<img src=x onerror=\"document.title='injected'\">",
  "<script>document.title='injected'</script>",
  "@octocat #1 `code` [a](http://evil.example) **bold**",
  "\u202eturned around\u2066",
  "\u05d0\u05d1\u05d2 \u0627\u0628\u062c",
  "</code></td></tr></table><iframe src=http://evil.example>",
  "http://evil.example | www.evil.example",
  "Jane Doe",
];

/** A summary in which each name is hostile, with gains, losses, drift, notes, and an unverified cluster. */
function hostileSummary() {
  const account = (name: string, index: number, role: string) => ({
    kind: index % 3 === 1 ? ("service" as const) : ("person" as const),
    user: `user.${index}`,
    name,
    email: "a@example.com",
    databases: { shop: { role, reason: name, project: "shop/prod" } },
  });
  const rosterWith = (role: (index: number) => string): Roster => ({
    roles: { read: ["SELECT"], admin: ["SELECT", "ALTER"] },
    projects: { shop: { owner: { email: "a@example.com" } } },
    accounts: Object.fromEntries(
      HOSTILE.map((name, index) => [`sl_user.${index}`, account(name, index, role(index))]),
    ),
  });
  const before = rosterWith(index => (index === 7 ? "admin" : "read"));
  const after = rosterWith(index => (index % 2 === 0 ? "admin" : "read"));
  const grants = HOSTILE.map(name => `GRANT ALTER ON \`${name.replaceAll("`", "``")}\`.* TO 'sl_a'@'%'`);
  const statements = ["DROP USER 'sl_mallory'@'%'", ...grants];
  const preview = { verified: false, summary: `billing: no answer from ${HOSTILE[0]}` };
  const billing = { cluster: "billing", before, after, status: "unverified" as const, preview };
  const plan = planJson([{ cluster: "orders", before, after, statements, notes: HOSTILE }, billing]);
  return summarizePlan(readPlan(plan, "plan.json", NOW));
}

/** The HTML of a summary of hostile names. */
export const hostileHtml = (): string => htmlPage(hostileSummary());

/** Its Markdown as a library for GFM renders it. */
export const hostileMarkdown = (): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><title>Markdown</title><main>
<style>td, th { border: 1px solid #777; padding: 4px } table { border-collapse: collapse }</style>
<h1>A comment</h1>${new MarkdownIt({ html: true, linkify: true }).render(markdownText(hostileSummary()))}</main></html>`;
