import { htmlPage } from "../../../../cli/summary/html-page";
import type { Roster } from "../../../../core/roster/roster";
import { readPlan } from "../../../../core/summary/read-plan";
import { summarizePlan } from "../../../../core/summary/summarize-plan";
import { hostileStrings } from "../../../support/hostile-strings";
import { NOW, planJson } from "../../../support/summary-plans";

const pageOf = (name: string): string => {
  const grant = { role: `${name.slice(0, 60)}.`, reason: name };
  const after: Roster = {
    roles: {},
    accounts: { sl_jane: { kind: "person", user: name, name, email: name, databases: { shop: grant } } },
  };
  const statements = [`GRANT SELECT ON \`${name.replaceAll("`", "``")}\`.* TO 'sl_jane'@'%'`];
  const preview = { unmanaged: [name], summary: name };
  const plan = planJson([{ cluster: "orders", after, statements, notes: [name], preview }]);
  return htmlPage(summarizePlan(readPlan(plan, "plan.json", NOW)));
};

/** The tags of a page, without their attributes' values. */
const tagsOf = (page: string): string =>
  (page.match(/<[^>]*>/g) ?? []).map(tag => tag.replace(/"[^"]*"/g, '""')).join("");

describe("the page", () => {
  it("has the same tags whatever the names are: they stay text", () => {
    const plain = tagsOf(pageOf("jane"));
    const names = [
      "**x** <b>",
      "<script>alert(1)</script>",
      "</style>",
      '"><img src=x onerror=alert(1)>',
      "&lt;",
      "'",
      "<!--",
    ];
    for (const name of [
      ...names,
      ...hostileStrings()
        .filter(text => text !== "")
        .slice(0, 300),
    ])
      expect([name, tagsOf(pageOf(name.slice(0, 250)))]).toEqual([name, plain]);
  });

  it("names nothing that a browser would fetch, and forbids it", () => {
    const page = pageOf("http://evil.example");
    expect(page).toContain("default-src 'none'");
    expect(page.replace(/<(code|pre)>.*?<\/\1>/gs, "")).not.toMatch(
      /https?:|src=|href=|url\(|@import|<script/,
    );
  });
});
