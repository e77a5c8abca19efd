import { createHash } from "node:crypto";
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { matrixPage } from "../../../../cli/matrix/matrix-page";
import { matrixOf } from "../../../../core/matrix/matrix";
import type { AccessRow } from "../../../../core/roster/access-rows";
import { hostileStrings, UNPRINTABLE } from "../../../support/hostile-strings";

type Element = DefaultTreeAdapterTypes.Element;

const NOW = new Date("2026-11-20T12:00:00Z");
const TIMES = { now: NOW, soon: new Date("2026-12-20T12:00:00Z") };
const pageOf = (rows: readonly AccessRow[]) =>
  matrixPage(matrixOf(rows, TIMES), { now: NOW, endingDays: 30 });

/** Every element of the page, as a browser parses it. */
function elementsOf(html: string): Element[] {
  const found: Element[] = [];
  const walk = (node: DefaultTreeAdapterTypes.Node) => {
    if ("tagName" in node) found.push(node);
    if ("childNodes" in node) node.childNodes.forEach(walk);
  };
  walk(parse(html));
  return found;
}
const attribute = ({ attrs }: Element, name: string) => attrs.find(one => one.name === name)?.value;
const textOf = (node: DefaultTreeAdapterTypes.Node): string =>
  "value" in node ? node.value : "childNodes" in node ? node.childNodes.map(textOf).join("") : "";

const row = (user: string, more: Partial<AccessRow> = {}): AccessRow => ({
  account: `sl_${user}`,
  user,
  cluster: "orders",
  database: "shop",
  role: "read",
  ...more,
});
const hostile = (text: string): AccessRow =>
  row(text, {
    account: text,
    email: text,
    cluster: text,
    database: text,
    role: text,
    reason: text,
    object: text,
    team: text,
  });

const PLAIN = elementsOf(pageOf([row("jane")]));
const tagsOf = (elements: readonly Element[]) => elements.map(({ tagName }) => tagName);

describe("the matrix as a page", () => {
  it("says, also without scripts, when the next grant ends that has not ended", () => {
    const rows = ["2026-11-01", "2027-02-01", "2026-12-11"].map((day, at) =>
      row("jane", { database: `d${at}`, expires: `${day}T00:00:00Z` }),
    );
    const [next] = elementsOf(pageOf(rows)).filter(({ tagName }) => tagName === "td");
    expect(textOf(next!)).toBe("2026-12-10");
  });

  it("asks for nothing, and lets only its own script and style run", () => {
    const html = pageOf([row("jane")]);
    expect(html).not.toMatch(/https?:|url\(|@import|\bsrc=|fetch\(|XMLHttpRequest|WebSocket|import\(/);
    const policy = attribute(
      PLAIN.find(one => attribute(one, "http-equiv") === "Content-Security-Policy")!,
      "content",
    )!;
    expect(policy).toMatch(
      /^default-src 'none'; script-src '[^']+'; style-src '[^']+'; img-src data:; base-uri 'none'/,
    );
    const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
    const scripts = PLAIN.filter(one => one.tagName === "script" && attribute(one, "type") === undefined);
    const [style] = PLAIN.filter(({ tagName }) => tagName === "style");
    expect(scripts).toHaveLength(1);
    expect(policy).toContain(`script-src ${hash(textOf(scripts[0]!))};`);
    expect(policy).toContain(`style-src ${hash(textOf(style!))};`);
    for (const { attrs } of PLAIN)
      expect(attrs.filter(({ name }) => name.startsWith("on") || name === "style")).toEqual([]);
  });

  it("has the same elements and attributes, whatever the names", () => {
    const names = (elements: readonly Element[]) =>
      elements.map(({ attrs, tagName }) => [tagName, ...attrs.map(({ name }) => name)]);
    const same = names(elementsOf(pageOf([hostile("x")])));
    for (const text of hostileStrings(300)) {
      const html = pageOf([hostile(text)]);
      expect([text, names(elementsOf(html))]).toEqual([text, same]);
      expect(html.replaceAll("\n", "")).not.toMatch(UNPRINTABLE);
    }
  });

  it("has the data as JSON that no text can leave", () => {
    for (const text of ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "\u2028"]) {
      const elements = elementsOf(pageOf([hostile(text)]));
      const data = elements.find(one => attribute(one, "id") === "data")!;
      const { people } = JSON.parse(textOf(data)) as { people: { user: string }[] };
      expect(people[0]!.user).toBe(text.replace("\u2028", " "));
      expect(tagsOf(elements).filter(tag => tag === "script")).toHaveLength(2);
    }
  });

  it("has labels, a skip link, a caption for the region, and a table that is read without scripts", () => {
    const html = pageOf([
      row("jane", { expires: "2026-12-01T00:00:00Z" }),
      row("bob", { expires: "2026-11-01T00:00:00Z" }),
    ]);
    const elements = elementsOf(html);
    const controls = elements.filter(({ tagName }) => tagName === "select" || tagName === "input");
    expect(controls).toHaveLength(4);
    for (const control of controls)
      expect(control.parentNode && "tagName" in control.parentNode && control.parentNode.tagName).toBe(
        "label",
      );
    expect(elements.find(one => attribute(one, "href") === "#table")).toBeDefined();
    expect(elements.find(one => attribute(one, "id") === "table")).toMatchObject({ tagName: "div" });
    expect(elements.filter(one => attribute(one, "scope") === "row").map(textOf)).toEqual(["bob", "jane"]);
    expect(html).toContain('<span class="soon">read, until 2026-11-30, ends soon</span>');
    expect(html).toContain('<span class="ended">read, ended 2026-10-31</span>');
  });

  it("holds 10,000 people, and 200 of them without scripts, in a few megabytes", () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => row(`person.${index}`));
    const html = pageOf(rows);
    expect(html.match(/<tr><th scope="row">/g)).toHaveLength(200);
    expect(html).toContain("only the first 200 people are here");
    expect(html.length).toBeLessThan(3_000_000);
  });
});
