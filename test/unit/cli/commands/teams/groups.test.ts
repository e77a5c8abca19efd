import { writeFileSync } from "node:fs";
import { syncedFolder, TEAMS } from "./synced-folder";

const GROUP = "Payments developers";
const gone = (of: string, name: string) => of.replace(`    - ${name}\n`, "");
/** `TEAMS` with a second team, of a group of its own or of the first's. */
const withSecond = (group: string) => `${TEAMS}second:
  group: ${group}
  owner: {name: T Z, email: t@example.com}
  members: [john, ann]
  grants: []
`;

describe("teams sync of several groups, and of groups that are odd", () => {
  const { file, path, read, sync } = syncedFolder();

  it("adds who joins, and lets go who left, where a rule is broken before and they do not worsen it", async () => {
    writeFileSync(path("rules.yaml"), "ends: { endWithin: { role: read, days: 9 } }\n");
    writeFileSync(
      path("john.yaml"),
      "name: J\nemail: john@example.com\ngrants: [{cluster: orders, databases: [old], role: read}]\n",
    );
    writeFileSync(
      file(),
      TEAMS.replace("grants: [{cluster: orders, databases: [orders], role: read}]", "grants: []"),
    );
    const { code, err, out } = await sync(["john", "jane"]);
    expect([code, out]).toEqual([1, "+ pay: jane\n- pay: ann\n1 member added, 1 member removed"]);
    expect(err).toContain("john.yaml:3:");
    expect(err).toContain('The rule "ends"');
    expect(err).not.toContain("not added");
    expect(read()).toContain("    - jane\n");
  });

  it("writes who left another group while one is empty; that one's team stays, and nobody joins", async () => {
    writeFileSync(file(), withSecond("Second"));
    const { code, err, out } = await sync({ [GROUP]: [], Second: ["ann", "jane"] });
    expect([code, out]).toEqual([1, "- second: john\n0 members added, 1 member removed"]);
    expect(err).toContain('the group "Payments developers" has no users who are enabled');
    expect(err).toContain("not added to second: jane");
    expect(read()).toBe(withSecond("Second").replace("[john, ann]", "[ann]"));
    const only = await sync({ [GROUP]: [], Second: ["ann", "jane"] }, ["--team", "second"]);
    expect(only).toMatchObject({ code: 0, out: "+ second: jane\n1 member added, 0 members removed" });
  });

  it("writes two teams of one group", async () => {
    writeFileSync(file(), withSecond(GROUP));
    const { code, err, out } = await sync(["john"]);
    expect([code, err, out]).toEqual([
      0,
      "",
      "- pay: ann\n- second: ann\n0 members added, 2 members removed",
    ]);
    expect(read()).toBe(gone(withSecond(GROUP), "ann").replace("[john, ann]", "[john]"));
  });

  it("changes nothing if the directory cannot tell two groups of one name apart", async () => {
    const answer = { __type: "ConflictException", Message: "two groups" };
    const { code, err } = await sync(["john"], [], { GetGroupId: answer });
    expect([code, read()]).toEqual([1, TEAMS]);
    expect(err).toContain("ConflictException: two groups");
  });

  it("keeps a byte order mark", async () => {
    writeFileSync(file(), `\uFEFF${TEAMS}`);
    const { code, err } = await sync(["john", "jane"]);
    expect([code, err]).toEqual([0, ""]);
    expect(read()).toBe(`\uFEFF${TEAMS.replace("    - ann\n", "    - jane\n")}`);
  });

  it("ends if the directory answers with the same page again and again, and changes nothing", async () => {
    const page = { GroupMemberships: [{ MemberId: { UserId: "id-john" } }], NextToken: "again" };
    const { asked, code, err } = await sync(["john"], [], { ListGroupMemberships: page });
    expect([code, read()]).toEqual([1, TEAMS]);
    expect(err).toBe(
      'Identity Center in eu-west-1 does not end its list of the group "Payments developers": it names one page twice',
    );
    expect(asked.filter(operation => operation === "ListGroupMemberships")).toHaveLength(2);
  });

  it("holds who joins while a team's members cannot be edited, and lets others go", async () => {
    const anchored = withSecond("Second").replace("members: [ann]", "members: &all [ann]");
    const text = anchored.replace("members: [john, ann]", "members: *all");
    writeFileSync(file(), text);
    const { code, err, out } = await sync({ [GROUP]: ["john", "jane"], Second: ["john"] });
    expect([code, out]).toEqual([1, "- pay: ann\n0 members added, 1 member removed"]);
    expect(err).toMatch(/second\.members/);
    expect(err).toContain("not added to pay: jane");
    expect(read()).toBe(gone(text, "ann"));
  });

  it("takes an owner out of the members who left, and leaves the owner to a review", async () => {
    const text = TEAMS.replace("t@example.com", "ann@example.com");
    writeFileSync(file(), text);
    expect(await sync(["john"])).toMatchObject({ code: 0, out: expect.stringContaining("- pay: ann\n") });
    expect(read()).toBe(gone(text, "ann"));
  });
});
