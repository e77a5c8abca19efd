import { existsSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { projectFiles, ROOT } from "./project";

const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");
const withoutBlocks = (text: string) => text.replace(/^ *```[\s\S]*?^ *```$/gm, "");

/** The anchors of a document, as GitHub makes them from headings. */
function anchorsOf(text: string): ReadonlySet<string> {
  const explicit = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!);
  const headings = [...withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
  return new Set([...explicit, ...headings]);
}

/** The links of a document to headings that do not exist. */
function brokenAnchors(file: string, text: string): string[] {
  const links = [...withoutBlocks(text).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)#([^)\s]+)\)/g)];
  return links.flatMap(([, target, anchor]) => {
    const path = target === "" ? file : normalize(join(file, "..", target!));
    const there = target === "" ? text : existsSync(join(ROOT, path)) ? textOf(path) : "";
    return !path.endsWith(".md") || anchorsOf(there).has(anchor!) ? [] : [`${file}: ${target}#${anchor}`];
  });
}

describe("files that documents name", () => {
  const ROOMS = "bench|cli|constructs|core|docs|examples|lambdas|local|reader|schemas|scripts|test";
  const FILE = new RegExp(`\`((?:${ROOMS})/[\\w./-]+\\.(?:ts|mjs|md|sh|json))\``, "g");

  it("exist", () => {
    const documents = projectFiles().filter(file => file.endsWith(".md") && !file.startsWith("docs/api/"));
    const named = documents.flatMap(file =>
      [...textOf(file).matchAll(FILE)].map(([, name]) => [file, name!]),
    );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(([, name]) => !existsSync(join(ROOT, name!)))).toEqual([]);
  });
});

describe("links to headings", () => {
  it("lead to a heading that exists", () => {
    // TypeDoc numbers its repeated headings in its own way.
    const documents = projectFiles().filter(file => file.endsWith(".md") && !file.startsWith("docs/api/"));
    expect(documents.flatMap(file => brokenAnchors(file, textOf(file)))).toEqual([]);
  });

  it("are found if they do not", () => {
    const text = "# Some `title`, here\n[a](#some-title-here) [b](#other) [c](README.md#no-such-heading)\n";
    expect(brokenAnchors("planted.md", text)).toEqual([
      "planted.md: #other",
      "planted.md: README.md#no-such-heading",
    ]);
  });
});
