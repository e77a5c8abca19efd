import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../run-cli";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const prune = async (...argv: string[]) => {
  const { code, out, err } = await runCli(["prune", folder, ...argv]);
  return { code, out: out.replaceAll(`${folder}/`, ""), err: err.replaceAll(`${folder}/`, "") };
};

const jane = `name: Jane Doe
email: jane.doe@example.com
grants:
  # Until the audit is done.
  - {cluster: orders, databases: [a, b], role: read, expires: 2026-11-01}
  - {cluster: orders, databases: [c], role: read} # stays
`;
const john = jane
  .replaceAll("Jane", "John")
  .replaceAll("jane", "john")
  .replace("2026-11-01", "2026-11-19T12:00+02:00");

test("removes expired grants from every file, keeps every other byte, and does nothing the second time", async () => {
  write("jane.doe.yaml", jane);
  write("john.doe.yaml", `\uFEFF${john.replaceAll("\n", "\r\n")}`);
  write("roles.yaml", "read:\n  privileges: [SELECT]\n");
  const without = (text: string) => text.replace(/^ {2}- .*expires.*\r?\n/m, "");
  const expected = [without(jane), without(`\uFEFF${john.replaceAll("\n", "\r\n")}`)];
  expect(await prune()).toEqual({
    code: 0,
    out: [
      "- jane.doe.yaml:5: read on orders: a, b; expired since 2026-11-02T00:00:00Z",
      "- john.doe.yaml:5: read on orders: a, b; expired since 2026-11-19T10:00:00Z",
      "2 grants in 2 files removed",
    ].join("\n"),
    err: "",
  });
  expect([read("jane.doe.yaml"), read("john.doe.yaml")]).toEqual(expected);
  expect(readdirSync(folder)).toEqual(["jane.doe.yaml", "john.doe.yaml", "roles.yaml"]);
  expect(await prune()).toEqual({ code: 0, out: "no grant has expired", err: "" });
  expect([read("jane.doe.yaml"), read("john.doe.yaml")]).toEqual(expected);
  expect((await runCli(["check", folder])).out).toContain("2 people, 0 services, no problems\n");
});

test("with --dry-run shows the grants, and changes nothing", async () => {
  write("jane.doe.yaml", jane);
  const { out } = await prune("--dry-run");
  expect(out.split("\n").at(-1)).toBe("1 grant in 1 file would be removed");
  expect(JSON.parse((await prune("--dry-run", "--json")).out)).toEqual({
    pruned: [
      {
        file: "jane.doe.yaml",
        path: "grants[0]",
        line: 5,
        what: "read on orders: a, b",
        expires: "2026-11-02T00:00:00Z",
      },
    ],
    problems: [],
    changed: false,
  });
  expect(read("jane.doe.yaml")).toBe(jane);
});

test("with --before leaves grants that had not expired by that day", async () => {
  write("jane.doe.yaml", jane);
  write("john.doe.yaml", john);
  expect((await prune("--before", "2026-11-02")).out).toMatch(
    /^- jane\.doe\.yaml.*\n1 grant in 1 file removed$/,
  );
  expect(read("john.doe.yaml")).toBe(john);
  expect(await prune("--before", "2026-11-21")).toMatchObject({
    code: 2,
    err: expect.stringContaining("lies ahead"),
  });
  expect(await prune("--before", "soon")).toMatchObject({
    code: 2,
    err: expect.stringContaining("`--before` must be a date"),
  });
});

test("changes nothing if the folder has problems, and reports them", async () => {
  write("jane.doe.yaml", jane);
  write("john.doe.yaml", john.replace("role: read}", "role: raed}"));
  expect(await prune()).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringMatching(/unknown role "raed"[\s\S]*1 problem in 1 file$/),
  });
  expect(read("jane.doe.yaml")).toBe(jane);
});

test("changes no file if one of them cannot be edited", async () => {
  write("jane.doe.yaml", jane);
  const shared = john.replace("[a, b]", "&d [a, b]").replace("[c]", "[c, d]");
  write("john.doe.yaml", shared);
  const { code, err } = await prune();
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(
      /^john\.doe\.yaml:5:1 grants: holds anchors or aliases[\s\S]*\nnothing was changed$/,
    ),
  ]);
  expect([read("jane.doe.yaml"), read("john.doe.yaml")]).toEqual([jane, shared]);
});

test("keeps permissions", async () => {
  write("jane.doe.yaml", jane);
  chmodSync(join(folder, "jane.doe.yaml"), 0o640);
  await prune();
  expect(read("jane.doe.yaml")).not.toContain("expires");
  expect(statSync(join(folder, "jane.doe.yaml")).mode & 0o777).toBe(0o640);
});

test("writes through no link", async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "elsewhere "));
  try {
    writeFileSync(join(elsewhere, "j.yaml"), jane);
    symlinkSync(join(elsewhere, "j.yaml"), join(folder, "jane.doe.yaml"));
    const { code, err } = await prune();
    expect([code, err]).toEqual([
      1,
      expect.stringContaining("is a symbolic link, and links are not followed"),
    ]);
    expect(readFileSync(join(elsewhere, "j.yaml"), "utf8")).toBe(jane);
  } finally {
    rmSync(elsewhere, { recursive: true, force: true });
  }
});

test("removes nothing from the users folder of this repository, where no grant has expired", async () => {
  const { code, out } = await runCli(["prune", "users", "--dry-run"]);
  expect([code, out]).toEqual([0, "no grant has expired"]);
});

describe("expired grants of teams", () => {
  const OVER = "{cluster: orders, databases: [a], role: read, expires: 2026-11-01}";
  const team = (name: string, grants: string, members = "[jane.doe]") =>
    `${name}: # ${name}\n  owner: {name: 'T Z', email: t@example.com}\n  members: ${members}\n  grants:${grants.replace(/^(?!\n)/, " ")}\n`;
  const STAYS = "{cluster: orders, databases: [c], role: read}";

  test.each(["\n", "\r\n"])("go out of each team, and every other byte stays: line ends %j", async end => {
    const before =
      team("zeta", `[${STAYS}, ${OVER}] # flow`) +
      team("a", `\n    # why\n    - ${OVER} # gone\n    # end`, "[]") +
      team("b", `\n    - ${OVER}\n\n    - ${STAYS} # stays\n    - ${OVER.replace("[a]", "[b]")}`);
    const after =
      team("zeta", `[${STAYS}] # flow`) +
      team("a", "[]\n    # why\n    # end", "[]") +
      team("b", `\n\n    - ${STAYS} # stays`);
    write("jane.doe.yaml", jane.replace(", expires: 2026-11-01", ""));
    write("teams.yaml", `\uFEFF${before.replaceAll("\n", end)}`);
    const { code, err, out } = await prune("--json");
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out).pruned).toMatchObject([
      { file: expect.stringMatching(/teams\.yaml$/), line: 4, path: "zeta.grants[1]", team: "zeta" },
      { line: 10, path: "a.grants[0]", team: "a", what: "read on orders: a" },
      { line: 16, path: "b.grants[0]", team: "b" },
      { line: 19, path: "b.grants[2]", team: "b", expires: "2026-11-02T00:00:00Z" },
    ]);
    expect(read("teams.yaml")).toBe(`\uFEFF${after.replaceAll("\n", end)}`);
    expect(await prune()).toEqual({ code: 0, out: "no grant has expired", err: "" });
  });

  test("are named with their team, and no file changes if the teams cannot be edited", async () => {
    write("jane.doe.yaml", jane);
    write("teams.yaml", team("pay", `[${OVER}]`));
    expect((await prune("--dry-run")).out).toContain(
      "- teams.yaml:4: read on orders: a of team pay; expired since 2026-11-02T00:00:00Z\n2 grants in 2 files",
    );
    const shared = team("pay", `[${OVER}]`, "&all [jane.doe]") + team("other", "[]", "*all");
    write("teams.yaml", shared);
    expect(await prune()).toMatchObject({ code: 1, err: expect.stringContaining("teams.yaml:3") });
    expect([read("teams.yaml"), read("jane.doe.yaml")]).toEqual([shared, jane]);
  });
});
