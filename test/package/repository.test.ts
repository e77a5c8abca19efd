import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { projectFiles, ROOT } from "./project";

/** Files of ours of more than 300 lines, each with the reason why it is not two. */
const LONG: Readonly<Record<string, string>> = {
  "CHANGELOG.md": "a changelog is one page, and grows with each release",
  "docs/contracts.md": "one page of all that is stored or sent, compared with the code",
  "docs/events.md": "one page of all events, each with an example",
  "docs/operations.md": "one page, because every alarm links to it and the person on call searches in it",
  "docs/users.md": "one page of all that a users folder can say, with its SQL",
  "local/mysql/aws_auth_standin.cc": "a server plugin is one translation unit",
  "test/mysql/edge-cases/reading.test.ts": "numbered edge cases, each short, on one server",
  "test/unit/reader/problems.test.ts": "a table of mistakes, each with its message",
};
const GENERATED = /^package-lock\.json$|^schemas\/|^docs\/api\/|^docs\/cli\.md$/;
const CODE = /\.(ts|js|mjs|cc|sh|md)$/;

const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");
const matches = (pattern: RegExp, files = projectFiles()) =>
  files.flatMap(file =>
    textOf(file)
      .split("\n")
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 160)}`] : [],
      ),
  );
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

describe("what is in the repository", () => {
  it("no file names a folder of the machine it was written on", () => {
    const own = [ROOT, homedir()]
      .filter(folder => folder.length > 1)
      .map(folder => `${escaped(folder)}(?=[/"'\\s])`);
    const usual = ["/work/", "/root/", "/Users/[a-z]", "/home/[a-z]+/"];
    const folders = [...own, ...usual].map(folder => `(?<![\\w.$}~-])${folder}`);
    const files = projectFiles().filter(file => file !== "test/package/repository.test.ts");
    expect(matches(new RegExp(folders.join("|")), files)).toEqual([]);
  });

  it("no file says where packages come from: that is up to each machine", () => {
    expect(matches(/"resolved":\s*"/, ["package-lock.json"])).toEqual([]);
    expect(projectFiles().filter(file => /(^|\/)\.(npmrc|yarnrc|terraformrc)/.test(file))).toEqual([]);
    // Terraform's own registries are part of a provider's name.
    expect(
      matches(/https?:\/\/[\w.-]*(registry|artifactory|nexus|proxy)[\w.-]*/i, projectFiles().filter(isCode)),
    ).toEqual([]);
  });

  it("files have at most 300 lines, but for those that say why", () => {
    const long = projectFiles()
      .filter(file => isCode(file) && !GENERATED.test(file) && textOf(file).split("\n").length > 301)
      .filter(file => !Object.hasOwn(LONG, file));
    expect(long).toEqual([]);
    expect(Object.keys(LONG).filter(file => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it("the README's commands, and those that other documents name, are scripts of the package", () => {
    const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
    const documents = projectFiles().filter(file => file.endsWith(".md"));
    const named = documents.flatMap(file =>
      [...textOf(file).matchAll(/\bnpm (?:run (?:--?[\w-]+ )*([\w:-]+)|(test)\b)/g)].map(match => [
        file,
        match[1] ?? match[2]!,
      ]),
    );
    expect(named.filter(([, script]) => !Object.hasOwn(scripts, script!))).toEqual([]);
    expect(documents).toContain("README.md");
    const readme = named.filter(([file]) => file === "README.md").map(([, script]) => script);
    expect(readme).toEqual(expect.arrayContaining(["demo", "test"]));
  });

  it(".ci/run runs the README's test command", () => {
    expect(textOf(".ci/run")).toMatch(/\bnpm test\b/);
  });

  it("links between documents lead somewhere", () => {
    const broken = projectFiles()
      .filter(file => file.endsWith(".md"))
      .flatMap(file =>
        [...textOf(file).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
          .filter(([, target]) => !existsSync(join(ROOT, file, "..", target!)))
          .map(([, target]) => `${file}: ${target}`),
      );
    expect(broken).toEqual([]);
  });
});

function isCode(file: string): boolean {
  return CODE.test(file) && !GENERATED.test(file);
}
