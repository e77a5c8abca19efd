import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loginHelp } from "../../lambdas/notifier/render/login-help";
import { complaint, installed, ROOT, run } from "./project";

const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");
const README = textOf("README.md");

describe("the commands to log in", () => {
  const help = loginHelp("sl_jane.doe", {
    host: "orders.cluster-....eu-west-1.rds.amazonaws.com",
    port: 3306,
    region: "eu-west-1",
  });

  /** The words of a command. Pages leave the default port out, and the region, which the endpoint names. */
  const words = (command: string): string =>
    command
      .replaceAll(/[\\`]\n/g, " ")
      .replaceAll(/--port[= ]3306|--region[= ]eu-west-1/g, "")
      .replaceAll(/--(host|user)=/g, "--$1 ")
      .replaceAll(/--host \S+/g, "--host H")
      .replace(/\)"$/, "")
      .split(/\s+/)
      .join(" ")
      .trim();

  /** Those of a page, in order. */
  const commandsOf = (text: string): string[] =>
    [...text.matchAll(/^ *((?:export |\$env:|mysql --|mariadb --)(?:.*[\\`]\n)*.*)$/gm)].map(([, command]) =>
      words(command!),
    );
  const [token, mysql, mariadb] = [help.tokenCommand, help.mysqlCommand, help.mariadbCommand].map(words);
  const powershell = commandsOf(help.powershellCommand);

  it.each([
    ["README.md", [token, mysql]],
    ["docs/first-deployment.md", [token, mysql, mariadb, ...powershell]],
    ["docs/cli.md", [mysql, mariadb]],
  ])("in %s are those of the mails", (file, expected) => {
    expect(powershell).toHaveLength(2);
    expect(commandsOf(textOf(file))).toEqual(expected);
  });

  it("that the README names in sentences are those of the mails, too", () => {
    expect(README).toContain(`\`${help.mariadbLines.at(-1)!.trim()}\``);
    expect(README).toContain(`\`${help.powershellLines[0]!.replace(/`$/, "...")}\``);
  });
});

describe("the versions that the README installs", () => {
  const peers: Readonly<Record<string, string>> = JSON.parse(textOf("package.json")).peerDependencies;
  const tried = textOf("scripts/try-frameworks.ts");
  const named = [...README.matchAll(/(?<=[ `])(@?[a-z][a-z/-]*)@(\d+\.\d+)(?=[\s`])/g)]
    .map(([, name = "", version = ""]) => [name, version] as const)
    .filter(([name]) => Object.hasOwn(peers, name));

  it("name each peer", () => {
    expect(named.map(([name]) => name).sort()).toEqual(Object.keys(peers).sort());
  });

  it.each(named)("%s@%s is in the range of package.json, and tried in new projects", (name, version) => {
    expect(complaint(run(installed("semver"), ["--range", peers[name]!, `${version}.0`]))).toBe("");
    const ofPackage = name === "constructs" ? `"${version}"` : `"${name}@${version}"`;
    expect(tried).toContain(ofPackage);
  });

  it("are the same in the first app", () => {
    const installs = (text: string) => text.split("\n").filter(line => line.startsWith("npm install "));
    expect(installs(textOf("docs/first-app.md"))).toEqual(installs(README));
  });

  it("and those of its table are tried, each in the range", () => {
    const rows = README.split("\n").filter(line => /^\| (CDKTF|CDK Terrain|`constructs`) \|/.test(line));
    const versions = rows.flatMap(row => row.match(/\d+\.\d+(?=\.\d)/g) ?? []);
    expect(versions.length).toBeGreaterThanOrEqual(8);
    for (const version of versions) expect(tried).toMatch(new RegExp(`[@"]${version.replace(".", "\\.")}"`));
  });
});
