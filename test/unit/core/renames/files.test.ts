import { problemLine } from "../../../../core/users";
import { usersOf } from "../../reader/users-of";

const file = (...lines: string[]) =>
  `${["name: Jane", "email: jane@example.com", ...lines].join("\n")}
grants: [{cluster: orders, databases: [a], role: read}]
`;
const linesOf = (files: Record<string, string>) => usersOf(files).problems.map(problemLine);

describe("`formerly` in a user's file", () => {
  it("is in the roster with the prefix, and else absent", () => {
    const { problems, rosters } = usersOf({
      "jane.smith.yaml": file("formerly: jane.doe"),
      "bob.yaml": file(),
    });
    expect(problems).toEqual([]);
    expect(rosters["orders"]!.accounts["sl_jane.smith"]).toMatchObject({ formerly: "sl_jane.doe" });
    expect("formerly" in rosters["orders"]!.accounts["sl_bob"]!).toBe(false);
  });

  it.each([
    [
      "of a person who is still there",
      { "jane.doe.yaml": file() },
      '"jane.doe" is the account of "jane.doe", users/jane.doe.yaml:1',
    ],
    [
      "that another file claims",
      { "jane.roe.yaml": file("formerly: jane.doe") },
      '"jane.doe" is also the former name in users/jane.roe.yaml:3',
    ],
  ])("is refused with file and line if it is one %s", (_what, others, problem) => {
    const [line, ...more] = linesOf({ "jane.smith.yaml": file("formerly: jane.doe"), ...others });
    expect(line).toMatch(/^users\/jane\.smith\.yaml:3:11 formerly: /);
    expect(line).toContain(problem);
    expect(more).toEqual([]);
  });

  it.each([
    ["jane.smith", [], '"jane.smith" is the account\'s name now'],
    ["sl_jane.doe", [], 'has the prefix; write it as in a file: "jane.doe"'],
    ["jane.doe", ["kind: service"], "only a person's account is renamed"],
    ["j".repeat(40), [], "MySQL takes 32"],
    ['"a*b"', [], "wildcards"],
    ["[a]", [], "must be text"],
  ])("cannot be %s", (name, more, problem) => {
    const lines = linesOf({ "jane.smith.yaml": file(...more, `formerly: ${name}`) });
    expect(lines).toEqual([expect.stringMatching(/^users\/jane\.smith\.yaml:\d+:\d+ formerly/)]);
    expect(lines[0]).toContain(problem);
  });

  it("may differ from the name in its case only: MySQL has two accounts then", () => {
    expect(linesOf({ "jane.smith.yaml": file("formerly: Jane.Smith") })).toEqual([]);
  });
});
