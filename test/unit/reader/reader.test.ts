import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { InvalidInputError } from "../../../core/errors";
import { problemLine } from "../../../core/users";
import { readUsers, UsersError, userFileText } from "../../../reader";
import { folderOf, NOW, usersOf } from "./users-of";

const person = (name: string) => `name: ${name}\nemail: ${name}@example.com\ngrants: []\n`;

describe("reading a users folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "users "));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const lines = () =>
    readUsers(folder)
      .inspect({ now: NOW })
      .problems.map(problem => problemLine(problem).replace(`${folder}/`, ""));

  test("takes each .yaml file, whatever its line ends and with a byte order mark", () => {
    writeFileSync(join(folder, "b.yaml"), `\ufeff${person("b").replaceAll("\n", "\r\n")}`);
    writeFileSync(join(folder, "a.yaml"), person("a"));
    const { users, problems, warnings } = readUsers(folder).assemble({ now: NOW });
    expect([users.map(({ username }) => username), problems, warnings]).toEqual([["a", "b"], [], []]);
  });

  test("leaves nothing out in silence", () => {
    writeFileSync(join(folder, "a.yaml"), person("a"));
    writeFileSync(join(folder, "b.yml"), person("b"));
    writeFileSync(join(folder, "c.YAML"), person("c"));
    writeFileSync(join(folder, "README.md"), "");
    writeFileSync(join(folder, "big.yaml"), "#".repeat(1024 * 1024 + 1));
    writeFileSync(join(folder, "latin.yaml"), Buffer.from([0x6e, 0xe9]));
    writeFileSync(join(folder, ".hidden.yaml"), person("h"));
    mkdirSync(join(folder, "team"));
    symlinkSync(join(folder, "gone"), join(folder, "link.yaml"));
    expect(lines()).toEqual([
      "README.md:1:1: is not a YAML file; remove it from the folder, or rename it to end in `.yaml`",
      "b.yml:1:1: does not end in `.yaml`, and is not read; rename it to b.yaml",
      "big.yaml:1:1: is larger than 1048576 bytes; one file holds one person or service",
      "c.YAML:1:1: does not end in `.yaml`, and is not read; rename it to c.yaml",
      "latin.yaml:1:1: is not UTF-8; save it as UTF-8",
      "link.yaml:1:1: is a symbolic link, and links are not followed; put the file itself there",
      "team:1:1: is a folder, and sub-folders are not read; move its files into the users folder",
    ]);
    const { warnings, rosters } = readUsers(folder).inspect({ now: NOW });
    expect(warnings.map(({ file, message }) => `${file.replace(`${folder}/`, "")} ${message}`)).toEqual([
      ".hidden.yaml is hidden, and not read",
    ]);
    expect(rosters).toEqual({});
  });

  test.each([
    ["a user's file", "x.yaml", "secret.yaml"],
    ["roles.yaml", "roles.yaml", "secret.yaml"],
    ["settings.yaml", "settings.yaml", "secret.yaml"],
    ["a valid user's file", "x.yaml", "valid.yaml"],
    ["a folder", "team", "."],
  ])("follows no symbolic link, and shows nothing of its target: %s", (_, name, target) => {
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    writeFileSync(join(outside, "secret.yaml"), "password: hunter2\n- [");
    writeFileSync(join(outside, "valid.yaml"), person("x"));
    symlinkSync(join(outside, target), join(folder, name));
    expect(lines()).toEqual([
      `${name}:1:1: is a symbolic link, and links are not followed; put the file itself there`,
    ]);
    expect(() => readUsers(folder).assemble({ now: NOW })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2") }),
    );
    expect(readUsers(folder).inspect({ now: NOW }).rosters).toEqual({});
    rmSync(outside, { recursive: true });
  });

  test("takes no default roles where roles.yaml is there and cannot be read", () => {
    writeFileSync(join(folder, "roles.yaml"), Buffer.from([0xff]));
    writeFileSync(
      join(folder, "a.yaml"),
      person("a").replace("[]", "[{cluster: o, databases: [d], role: own}]"),
    );
    expect(lines()).toEqual(["roles.yaml:1:1: is not UTF-8; save it as UTF-8"]);
  });

  test("of a folder that is not there says so", () => {
    expect(() => readUsers(join(folder, "nowhere"))).toThrow(
      /cannot be read as a folder \(ENOENT\); name the folder that holds the users/,
    );
  });

  test("names files as seen from here", () => {
    expect(readUsers("users").folder).toBe("users");
    expect(readUsers(join(process.cwd(), "users")).folder).toBe("users");
  });
});

describe("the error", () => {
  test("lists every problem with the line that it points at, and counts them", () => {
    const folder = folderOf({
      "a.yaml": "name: A\nemail: a@example.com\ngrants:\n  - {cluster: orders, databases: [a], role: raed}\n",
      "b.yaml": "name: B\n",
    });
    let error: unknown;
    try {
      folder.assemble({ now: NOW });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(UsersError);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as UsersError).problems).toHaveLength(3);
    // Node prints what can be enumerated below an error that nobody caught.
    expect(Object.keys(error as UsersError)).not.toContain("problems");
    expect((error as UsersError).message).toBe(`The users in users cannot be used:
users/a.yaml:4:45 grants[0].role: unknown role "raed"; did you mean "read"?
    |   - {cluster: orders, databases: [a], role: raed}
    |                                             ^
users/b.yaml:1:1 email: is missing; a person needs an e-mail address; a service says \`kind: service\`
    | name: B
    | ^
users/b.yaml:1:1 grants: is missing; write \`grants\`: the user's grants
    | name: B
    | ^
3 problems in 2 files`);
  });
});

describe("a user file made from arguments", () => {
  const plain = fc.string({ unit: "binary", minLength: 1, maxLength: 60 });

  test("is read back as the same text, whatever it looks like", () => {
    fc.assert(
      fc.property(
        plain,
        fc.constantFrom("", "2027-01-01", "yes", "0x10", "*a", "- x", "a: b #c", "'\"`${x}%{y}\n"),
        (text, start) => {
          // A mark at the beginning of the text would join the last letter of the start.
          const name = (start + text).normalize("NFC");
          const { users, problems } = usersOf({ "a.yaml": userFileText({ name, email: "a@example.com" }) });
          if (problems.length > 0)
            expect(problems[0]!.message).toMatch(/invisible character|half a character|looks like a space/);
          else expect(users[0]!.name).toBe(name);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("any text at all", () => {
  test("is either read or a problem with a place in it, never thrown at", () => {
    const piece = fc.constantFrom(
      "name",
      ": ",
      "\n",
      "  ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a",
      "!x ",
      "|",
      ">",
      "#",
      "'",
      '"',
      "?",
      "%",
      "---",
      "\t",
      "grants",
      "roles",
      "0",
    );
    const text = fc.oneof(
      fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 30 }).map(parts => parts.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(
        text,
        fc.constantFrom("a.yaml", "roles.yaml", "projects.yaml", "settings.yaml"),
        (content, name) => {
          const { problems } = usersOf({ [name]: content }, { orders: {} });
          for (const { line, column } of problems) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(content.split(/\r\n|\n|\r/).length + 1);
            expect(column).toBeGreaterThanOrEqual(1);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
