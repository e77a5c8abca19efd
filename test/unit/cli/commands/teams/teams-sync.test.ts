import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { parse } from "yaml";
import { syncedFolder, TEAMS } from "./synced-folder";

describe("teams sync", () => {
  const { file, folder, path, read, sync } = syncedFolder();

  it("writes the users of a group into the members of its team, page by page, and changes nothing else", async () => {
    const { asked, code, err, out } = await sync(["john", "jane", "gone"]);
    expect([code, err, out]).toEqual([0, "", "+ pay: jane\n- pay: ann\n1 member added, 1 member removed"]);
    expect(read()).toBe(TEAMS.replace("    - ann\n", "    - jane\n"));
    expect(asked.filter(operation => operation === "ListGroupMemberships")).toHaveLength(2);
    expect(await sync(["john", "jane"])).toMatchObject({ code: 0, out: "1 team as in Identity Center" });
  });

  it("with --check writes nothing, and fails while the file is not as the groups are", async () => {
    const stale = await sync(["john", "jane"], ["--check"]);
    expect(stale).toMatchObject({ code: 1, out: "+ pay: jane\n- pay: ann" });
    expect(stale.err).toBe("teams.yaml is not as the groups are: run aurora-users teams sync");
    expect(read()).toBe(TEAMS);
    expect(await sync(["ann", "john"], ["--check"])).toMatchObject({ code: 0 });
    const json = await sync(["john"], ["--check", "--json"]);
    expect([json.code, JSON.parse(json.out)]).toEqual([
      1,
      {
        teams: [
          expect.objectContaining({ team: "pay", group: "Payments developers", added: [], removed: ["ann"] }),
        ],
        problems: [],
        changed: false,
      },
    ]);
  });

  it("adds nobody while a user has no file, says by which command to make it, and lets go who left", async () => {
    const { code, err, out } = await sync(["jane", "john", "o'neil smith", "zoe"]);
    expect([code, out]).toEqual([1, "- pay: ann\n0 members added, 1 member removed"]);
    expect(err.replaceAll(folder(), "F")).toBe(
      [
        'o\'neil smith, of the group "Payments developers" (pay), has no file in F:',
        "  aurora-users new <file name> --name 'It'\\''s o'\\''neil smith' --email 'o'\\''neil smith@example.com' --username 'o'\\''neil smith' --folder 'F'",
        'zoe, of the group "Payments developers" (pay), has no file in F:',
        "  aurora-users new 'zoe' --name 'It'\\''s zoe' --email 'zoe@example.com' --folder 'F'",
        "not added to pay: jane",
      ].join("\n"),
    );
    expect(read()).toBe(TEAMS.replace("    - ann\n", ""));
    const { err: again } = await sync(["jane", "john", "zoe"]);
    expect(again).toMatch(/not added to pay: jane\nnothing was changed$/);
  });

  it("lets nobody go whose name the directory has in another case, and adds no other name", async () => {
    const { code, err } = await sync(["John", "ann"]);
    expect([code, read()]).toEqual([1, TEAMS]);
    expect(err.replaceAll(folder(), "F")).toBe(
      'John, of the group "Payments developers" (pay), is "john" in F: write the name there as the directory has it\n' +
        "nothing was changed",
    );
  });

  it("lets no empty group take everybody's access, unless that is meant", async () => {
    for (const users of [[], ["ann|DISABLED", "john|DISABLED"], ["gone"]]) {
      const { code, err } = await sync(users);
      expect([code, read()]).toEqual([1, TEAMS]);
      expect(err).toContain(
        'the group "Payments developers" has no users who are enabled, and would take all 2 members from the team; give --allow-empty if that is meant',
      );
    }
    expect(await sync([], ["--allow-empty"])).toMatchObject({ code: 0 });
    expect(read()).toContain("  members: []\n");
  });

  it("takes a user for no member who is disabled, also one without a file", async () => {
    const users = ["ann|DISABLED", "john|ENABLED", "jane|DISABLED", "zoe|DISABLED"];
    const { code, err, out } = await sync(users);
    expect([code, err, out]).toEqual([0, "", "- pay: ann (disabled)\n0 members added, 1 member removed"]);
    expect(read()).toBe(TEAMS.replace("    - ann\n", ""));
    expect(await sync(users, ["--check"])).toMatchObject({ code: 0 });
  });

  describe("where rules forbid something", () => {
    const rules = (text: string) => writeFileSync(path("rules.yaml"), text);
    const where = () =>
      read()
        .split("\n")
        .findIndex(line => line.includes("grants: [{")) + 1;
    const FEW = "few: { mostHolders: { role: read, most: 1, on: [orders] } }\n";

    it("lets go who left, also where the rule is broken before and after", async () => {
      rules("ends: { endWithin: { role: read, days: 9 } }\n");
      const broken = await sync(["john"]);
      expect(broken).toMatchObject({ code: 1, out: "- pay: ann\n0 members added, 1 member removed" });
      expect(broken.err).toContain(`teams.yaml:${where()}:`);
      expect(broken.err).toContain('The rule "ends"');
      expect(read()).toBe(TEAMS.replace("    - ann\n", ""));
      rules(FEW);
      expect(await sync(["john"])).toMatchObject({ code: 0 });
    });

    it("lets go who left and adds nobody if a new member breaks one, and names it and the place", async () => {
      rules(FEW);
      const { code, err, out } = await sync(["john", "jane"]);
      expect([code, out]).toEqual([1, "- pay: ann\n0 members added, 1 member removed"]);
      expect(err.replaceAll(folder(), "F")).toMatch(
        /^not added to pay: jane\nF\/teams\.yaml:8:\d+ pay\.grants\[0\]: .*The rule "few" \(F\/rules\.yaml:1\) forbids it/,
      );
      expect(read()).toBe(TEAMS.replace("    - ann\n", ""));
      expect(await sync(["john", "jane"], ["--check"])).toMatchObject({ code: 1 });
    });

    it("writes the group if the change itself is what keeps the rule", async () => {
      rules(FEW);
      expect(await sync(["jane"])).toMatchObject({
        code: 0,
        out: "+ pay: jane\n- pay: john\n- pay: ann\n1 member added, 2 members removed",
      });
    });
  });

  it("takes an edit back that was killed, before it reads the file; --check refuses", async () => {
    const journal = path(".aurora-users-edit.json");
    const files = [{ name: "teams.yaml", before: TEAMS, after: "half" }];
    writeFileSync(journal, JSON.stringify({ pid: 2 ** 30, host: hostname(), files }));
    writeFileSync(file(), "half");
    expect(await sync(["john"], ["--check"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("interrupted"),
    });
    expect(await sync(["john"])).toMatchObject({ code: 0 });
    expect(read()).toBe(TEAMS.replace("    - ann\n", ""));
    expect(readdirSync(folder()).filter(name => name.startsWith("."))).toEqual([]);
  });

  it("reads names as texts, whatever they look like, and writes no other person's", async () => {
    const names = [
      "123",
      "null",
      "yes",
      "~",
      "0x1f",
      "a: b",
      "#x",
      "${x}",
      '"',
      "it's",
      "- y",
      "é",
      "x".repeat(29),
    ];
    for (const [index, name] of names.entries())
      writeFileSync(
        path(`p${index}.yaml`),
        `name: P\nemail: p${index}@example.com\nusername: ${JSON.stringify(name)}\ngrants: []\n`,
      );
    const { err } = await sync([...names, "E\u0301".toLowerCase()]);
    expect(err).toBe("");
    expect(new Set(parse(read()).pay.members)).toEqual(new Set(names));
    expect(await sync(names, ["--check"])).toMatchObject({ code: 0 });
    const hostile = await sync([...names, "\u202Eeoj\n::x", "123.0"]);
    expect(hostile.err.split("\n")[0]).toMatch(/^\\u\{202e\}eoj ::x, of the group/);
    expect(hostile.code).toBe(1);
  });

  it("takes a member out who has no file any more, and refuses a folder with another problem", async () => {
    rmSync(path("john.yaml"));
    expect(await sync(["ann"])).toMatchObject({ code: 0, out: expect.stringContaining("- pay: john") });
    writeFileSync(path("ann.yaml"), "name: Ann\ngrants: []\n");
    expect(await sync(["jane"])).toMatchObject({ code: 1, err: expect.stringContaining("ann.yaml") });
    expect(readdirSync(folder()).sort()).toEqual(["ann.yaml", "jane.yaml", "teams.yaml"]);
  });

  it("says what is wrong with a group, the directory, credentials and options", async () => {
    const no = { __type: "ResourceNotFoundException" };
    const failing = async (operation: string, answer: object | undefined) =>
      (await sync(["john"], [], { [operation]: answer })).err;
    expect(await failing("GetGroupId", no)).toBe(
      'Identity Center in eu-west-1 has no group "Payments developers": write its display name, or name another directory with `--identity-store` and `--region`',
    );
    expect(await failing("GetGroupId", { __type: "ExpiredTokenException" })).toBe(
      "There are no valid AWS credentials. Log in to AWS first (aws sso login, or AWS_PROFILE).",
    );
    expect(await failing("DescribeUser", undefined)).toBe(
      "AWS denied access to Identity Center in eu-west-1 (DescribeUser): the permission identitystore:DescribeUser is missing.",
    );
    const store = { ...no, ResourceType: "IDENTITY_STORE", Message: "no store" };
    expect(await failing("GetGroupId", store)).toMatch(/^There is no Identity Center in eu-west-1/);
    // The directory cannot read its users: none of them was deleted.
    for (const answer of [store, { ...no, Reason: "KMS_KEY_NOT_FOUND", Message: "no key" }])
      expect(await failing("DescribeUser", answer)).toMatch(
        /^There is no Identity|KMS_KEY_NOT_FOUND.*no key/,
      );
    expect(await failing("ListGroupMemberships", no)).toContain('has no group "Payments developers"');
    expect(await failing("ListInstances", { Instances: [] })).toContain("has no instance of Identity Center");
    expect(await failing("ListGroupMemberships", { Odd: 1 })).toBe(
      "Identity Center answered in a form that is not known",
    );
    expect(await sync(["john"], ["--identity-store", "d-2"])).toMatchObject({ code: 1 });
    expect(await sync(["john"], ["--team", "payy"])).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean "pay"?'),
    });
    expect(read()).toBe(TEAMS);
  });

  it("asks again when it is throttled, and gives up with the service's own word", async () => {
    const throttled = await sync(["john"], [], {
      DescribeUser: { __type: "ThrottlingException", message: "Rate" },
    });
    expect(throttled).toMatchObject({ code: 1, err: expect.stringContaining("ThrottlingException: Rate") });
    expect(throttled.asked.filter(operation => operation === "DescribeUser")).toHaveLength(5);
    expect(read()).toBe(TEAMS);
  }, 20_000);
});
