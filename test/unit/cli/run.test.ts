import { readFileSync } from "node:fs";
import { commands } from "../../../cli/command-list";
import { runCli } from "./run-cli";

describe("aurora-users", () => {
  test("prints help for every command, with all its options", async () => {
    const { code, out } = await runCli(["--help"]);
    expect(code).toBe(0);
    for (const command of commands) {
      expect(out).toContain(`  ${command.name} `);
      const help = await runCli([...command.name.split(" "), "--help"]);
      expect(help.code).toBe(0);
      for (const option of Object.keys(command.options)) expect(help.out).toContain(`--${option}`);
      expect(await runCli(["help", ...command.name.split(" ")])).toEqual(help);
    }
    expect((await runCli(["help"])).out).toBe(out);
  });

  test.each(["--version", "-V"])("%s prints the version of the package", async option => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(await runCli([option])).toEqual({ code: 0, out: version, err: "" });
  });

  test.each([
    [[], /^aurora-users: who may reach/],
    [["chek"], /unknown command "chek"; did you mean "check"\?/],
    [["check", "--clustr", "x"], /unknown option "--clustr"; did you mean "--cluster"\?/],
    [["check", "--cluster"], /argument missing/],
    [["help", "chek"], /unknown command "chek"; did you mean "check"\?/],
    [["audit", "very"], /unknown command "audit very"; did you mean "audit verify"\?/],
    [["help", "audit", "verfiy"], /unknown command "audit verfiy"; did you mean "audit verify"\?/],
    [["tokne"], /unknown command "tokne"; did you mean "token"\?/],
    [["Prun"], /unknown command "Prun"; did you mean "prune"\?/],
    [["soruce", "put"], /unknown command "soruce"; did you mean "source"\?/],
    [["source", "chek", "x.json"], /there is no `source chek`; did you mean "check"\?/],
    [["schema", "rols"], /there is no schema "rols"; did you mean "roles"\?/],
    [["check", "a", "b"], /"b" is one argument too many; see `aurora-users check --help`/],
    [["new", "--name", "x"], /<user> is missing/],
    [["new", "x"], /`--name <text>` is missing/],
  ])("refuses %j with exit code 2", async (argv, message) => {
    const { code, err, out } = await runCli(argv);
    expect([code, out, err]).toEqual([2, "", expect.stringMatching(message)]);
  });

  test.each([
    [["who", "--json", "--clustr", "x"], 2, /unknown option "--clustr"/],
    [["chek", "--json"], 2, /unknown command "chek"/],
    [["who", "no-such-folder", "--json"], 1, /cannot be read as a folder/],
    [["token", "--host", "h:1", "--user", "u", "--json"], 2, /must be a host name/],
  ])("prints the error of %j as JSON, too", async (argv, exitCode, message) => {
    const { code, err, out } = await runCli(argv);
    expect(code).toBe(exitCode);
    expect(JSON.parse(out)).toEqual({ error: { message: expect.stringMatching(message), exitCode } });
    expect(err).toMatch(message);
  });
});
