import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { byCodeUnit, defined } from "../../../../core/json";
import { readUsers } from "../../../../reader";
import { NOW, planJson } from "../../../support/summary-plans";
import { runCli } from "../run-cli";

const RUNS = process.env["AURORA_USERS_SUITES"] === "all" ? 200 : 8;
const env = {
  PATH: process.env["PATH"]!,
  GIT_AUTHOR_NAME: "t",
  GIT_AUTHOR_EMAIL: "t@example.com",
  GIT_COMMITTER_NAME: "t",
  GIT_COMMITTER_EMAIL: "t@example.com",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
};

let top: string;
const at = (...names: string[]) => join(top, ...names);
const git = (...args: string[]) => execFileSync("git", args, { cwd: top, env, stdio: "pipe" });

type Files = Readonly<Record<string, string>>;
const PEOPLE = ["ann", "bob", "cat", "dan"];
const person = fc.constantFrom(...PEOPLE);
const owner = person.map(name => `owner: { name: ${name}, email: ${name}@example.com }`);
const grant = fc
  .tuple(
    fc.constantFrom("orders", "billing"),
    fc.constantFrom("shop", "books", "stray"),
    fc.constantFrom("read", "admin"),
  )
  .map(([cluster, database, role]) => `{ cluster: ${cluster}, databases: [${database}], role: ${role} }`);
const grants = fc
  .uniqueArray(grant, { maxLength: 3, selector: text => text.replace(/role.*/, "") })
  .map(all => `grants: [${all.join(", ")}]`);
const files: fc.Arbitrary<Files> = fc
  .record({
    grants: fc.array(grants, { minLength: 4, maxLength: 4 }),
    suspended: fc.option(person, { freq: 4 }),
    projects: fc.tuple(owner, owner),
    role: owner,
    team: fc.record({ owner, grants, members: fc.subarray(PEOPLE) }),
    rules: fc.option(fc.constant("a: { readOnly: { users: [ext-*] } }\n"), { freq: 2 }),
  })
  .map(({ grants: own, projects, role, rules, suspended, team }) => ({
    ...Object.fromEntries(
      PEOPLE.map((name, index) => [
        `${name}.yaml`,
        `{ name: ${name}, email: ${name}@example.com, ${name === suspended ? "suspended: true, " : ""}${own[index]} }\n`,
      ]),
    ),
    "projects.yaml":
      `shop: { ${projects[0]}, environments: { prod: { cluster: orders, databases: [shop] } } }\n` +
      `books: { ${projects[1]}, environments: { prod: { cluster: billing, databases: [books] } } }\n`,
    "roles.yaml": `read: { privileges: [SELECT] }\nadmin: { ${role}, privileges: [CREATE], inherits: [read] }\n`,
    "teams.yaml": `crew: { ${team.owner}, members: [${team.members.join(", ")}], ${team.grants} }\n`,
    ...defined({ "rules.yaml": rules ?? undefined }),
  }));

function write(folder: string, texts: Files): void {
  rmSync(at(folder), { recursive: true, force: true });
  mkdirSync(at(folder));
  for (const [name, text] of Object.entries(texts)) writeFileSync(at(folder, name), text);
}

/** A plan of the change, as an app plans it whose clusters are those of the folders. */
function writePlan(): string {
  const [before, after] = ["before", "users"].map(
    folder => readUsers(at(folder)).assemble({ now: NOW }).rosters,
  );
  const clusters = [...new Set([...Object.keys(before!), ...Object.keys(after!)])].sort(byCodeUnit);
  const planned = clusters.map(cluster => ({ cluster, before: before![cluster], after: after![cluster] }));
  writeFileSync(at("plan.json"), planJson(planned));
  return at("plan.json");
}

const asked = async (...args: string[]) => {
  const { code, err, out } = await runCli([...args, "--json"], env);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as { required: { owner: string }[]; unowned: string[] };
};
const ways = (plan: string) => {
  const users = at("users");
  return Promise.all([
    asked("approvals", users, "--before", at("before")),
    asked("approvals", users, "--since", "HEAD"),
    asked("diff", "--approvers", "--folder", users),
    asked("approvals", users, "--since", "HEAD", "--plan", plan),
    asked("approvals", users, "--before", at("before"), "--plan", plan),
    asked("summary", plan, "--approvers", "--folder", users),
  ]);
};

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "ways-"));
  git("init", "-q", "-b", "main");
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

const commit = () => {
  git("add", "users");
  git("commit", "-q", "--allow-empty", "-m", "before");
  rmSync(at("before"), { recursive: true, force: true });
  cpSync(at("users"), at("before"), { recursive: true });
};

describe("who has to agree", () => {
  it(`is the same from folders, a revision and a plan of one change (${RUNS} changes)`, async () => {
    let required = 0;
    await fc.assert(
      fc.asyncProperty(files, files, async (before, after) => {
        write("users", before);
        commit();
        write("users", after);
        const [first, ...others] = await ways(writePlan());
        for (const other of others) expect(other).toEqual(first);
        required += first!.required.length;
      }),
      { numRuns: RUNS },
    );
    expect(required).toBeGreaterThan(RUNS / 2);
  }, 600_000);

  it("is asked of the owners before, in each way, also after the change is committed", async () => {
    const [before, after] = [folderOf("ann", "read"), folderOf("bob", "admin")];
    write("users", before);
    commit();
    write("users", after);
    const plan = writePlan();
    for (const { required } of await ways(plan))
      expect(required.map(one => one.owner)).toEqual(["ann@example.com"]);
    git("add", "users");
    git("commit", "-q", "-m", "after");
    const later = [
      asked("diff", "HEAD^", "--approvers", "--folder", at("users")),
      asked("diff", "HEAD^", "--to", "HEAD", "--approvers", "--folder", at("users")),
      asked("summary", plan, "--approvers", "--folder", at("users"), "--since", "HEAD^"),
    ];
    for (const { required } of await Promise.all(later))
      expect(required.map(one => one.owner)).toEqual(["ann@example.com"]);
  });

  it("prints a line for each owner, and refuses what it cannot print or does not know", async () => {
    write("users", folderOf("ann", "read"));
    commit();
    write("users", folderOf("ann", "write"));
    const lines = "ann@example.com (ann): database orders/shop";
    const users = at("users");
    expect(await runCli(["diff", "--approvers", "--folder", users], env)).toMatchObject({
      code: 0,
      out: lines,
    });
    const plan = writePlan();
    const of = ["summary", plan, "--approvers", "--folder", users];
    expect(await runCli(of, env)).toMatchObject({ code: 0, out: lines });
    expect(await runCli([...of, "--format", "html"], env)).toMatchObject({
      code: 2,
      err: expect.stringContaining("prints text or JSON"),
    });
    expect((await runCli(["summary", plan, "--since", "HEAD"], env)).err).toContain("are for `--approvers`");
    expect((await runCli(["approvals", users], env)).err).toContain("give one of `--since <revision>`");
    const both = ["approvals", users, "--since", "HEAD", "--before", at("before")];
    expect((await runCli(both, env)).err).toContain("give one of `--since <revision>`");
    expect((await runCli(["approvals", users, "--since", "none"], env)).err).toContain('no revision "none"');
  });

  it("does not take an owner's own approval of what they gain, from a plan with --check", async () => {
    write("users", folderOf("ann", "read"));
    commit();
    write("users", folderOf("ann", "write", "ann"));
    const check = (approvers: string) =>
      runCli(
        [
          "approvals",
          at("users"),
          "--since",
          "HEAD",
          "--plan",
          writePlan(),
          "--check",
          "--approvers",
          approvers,
        ],
        env,
      );
    expect(await check("ann@example.com")).toMatchObject({
      code: 1,
      err: expect.stringContaining("gains by"),
    });
    expect(await check("ann@example.com,bob@example.com")).toMatchObject({ code: 0 });
  });
});

/** A folder with a project of somebody's, in which somebody has a role. */
const folderOf = (by: string, role: string, user = "cat"): Files => ({
  "projects.yaml": `shop: { owner: { name: ${by}, email: ${by}@example.com }, environments: { prod: { cluster: orders, databases: [shop] } } }\n`,
  [`${user}.yaml`]: `{ name: C, email: ${user}@example.com, grants: [{ cluster: orders, databases: [shop], role: ${role} }] }\n`,
});
