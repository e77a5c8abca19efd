import { parseSourceDocument } from "../../../core/source";
import { problemLine } from "../../../core/users";
import { usersOf } from "./users-of";

const FAULT = "has a line break; a reason is one line, without `|` or `>`";

describe("a reason with a line break", () => {
  const file = (reason: string) => `name: Jane Doe
email: jane.doe@example.com
grants:
  - cluster: orders
    databases: [orders]
    role: read
    reason: ${reason}
`;

  it.each([
    ["as a block", "|\n      INC-1\n      second"],
    ["folded, with an empty line", ">\n      INC-1\n\n      second"],
    ["at its end only", "|\n      INC-1"],
    ["as an escape", '"INC-1\\n::error::x"'],
    ["of Windows", '"INC-1\\r\\nsecond"'],
  ])("in a users file is refused with file, line and field: %s", (_how, reason) => {
    const { problems, rosters } = usersOf({ "jane.doe.yaml": file(reason) }, { orders: {} });
    expect(problems.map(problemLine)).toEqual([`users/jane.doe.yaml:7:13 grants[0].reason: ${FAULT}`]);
    expect(rosters).toEqual({});
  });

  it.each(["why\nand more", "\nINC-1", "why\r::error::x"])("in a document is refused: %j", reason => {
    const source = { name: "shop", databases: ["shop"], roles: { read: ["SELECT"] } } as const;
    const text = JSON.stringify({ users: [{ name: "alice", role: "read", reason }] });
    const parsed = parseSourceDocument(text, { source, prefix: "sl" });
    expect(parsed).toEqual({ problems: [`users[0].reason: ${FAULT}`] });
  });

  it("of the file's layout alone is none: a plain text may be folded over lines", () => {
    const { problems } = usersOf({ "jane.doe.yaml": file("INC-1, as\n      agreed") }, { orders: {} });
    expect(problems).toEqual([]);
  });
});
