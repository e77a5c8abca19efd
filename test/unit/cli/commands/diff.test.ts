import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Summary } from "../../../../core/summary/summary";
import { runCli } from "../run-cli";

const GIT_ENV = {
  GIT_AUTHOR_NAME: "t",
  GIT_AUTHOR_EMAIL: "t@example.com",
  GIT_COMMITTER_NAME: "t",
  GIT_COMMITTER_EMAIL: "t@example.com",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
};
const env = { PATH: process.env["PATH"]!, ...GIT_ENV };

let top: string;
const git = (...args: string[]) => execFileSync("git", args, { cwd: top, env, stdio: "pipe" }).toString();
const write = (name: string, text: string) => writeFileSync(join(top, name), text);
const user = (name: string, grants: string, more = "") =>
  write(
    `users/${name}.yaml`,
    `name: ${name}\nemail: ${name}@example.com\n${more}grants:${grants === "" ? " []" : `\n${grants}`}\n`,
  );
const READ = "  - { cluster: orders, databases: [shop], role: read }";
const WRITE = "  - { cluster: orders, databases: [shop], role: write }";
const commit = (message: string) => {
  git("add", "-A");
  git("commit", "-q", "-m", message);
};
const diff = (...args: string[]) => runCli(["diff", "--folder", join(top, "users"), ...args], env);
const summary = async (...args: string[]): Promise<Summary> => {
  const { code, err, out } = await diff("--json", ...args);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as Summary;
};
const rows = async (...args: string[]) =>
  (await summary(...args)).changes.map(({ from, kind, to, user: who }) => [kind, who, from, to]);

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "diff-"));
  git("init", "-q", "-b", "main");
  mkdirSync(join(top, "users"));
  user("jane.doe", READ);
  user("bob", READ);
  commit("one");
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe("aurora-users diff", () => {
  it("says nothing changes where nothing did", async () => {
    expect((await diff()).out.split("\n")[0]).toBe("nobody gains or loses access");
    expect((await diff("--exit-code")).code).toBe(0);
  });

  it("compares what is not committed with HEAD, by default", async () => {
    user("jane.doe", WRITE);
    expect(await rows()).toEqual([["gain", "jane.doe", "read", "write"]]);
    expect((await diff("--exit-code")).code).toBe(3);
  });

  it("finds files that Git does not know yet, and those that are gone", async () => {
    user("new.one", READ);
    rmSync(join(top, "users/bob.yaml"));
    expect(await rows()).toEqual([
      ["loss", "bob", "read", undefined],
      ["gain", "new.one", undefined, "read"],
    ]);
  });

  it("compares two revisions, by any name, and leaves the files alone", async () => {
    git("tag", "v1");
    user("jane.doe", WRITE);
    commit("two");
    user("jane.doe", "");
    expect(await rows("v1", "--to", "HEAD")).toEqual([["gain", "jane.doe", "read", "write"]]);
    expect(await rows("HEAD", "--to", "v1")).toEqual([["loss", "jane.doe", "write", "read"]]);
    expect(git("status", "--porcelain")).toBe(" M users/jane.doe.yaml\n");
  });

  it("works in a hook of Git, where Git sets the folder for itself", async () => {
    user("jane.doe", WRITE);
    const { out } = await runCli(["diff", "--folder", join(top, "users")], {
      ...env,
      GIT_DIR: ".git",
      GIT_INDEX_FILE: "x",
    });
    expect(out).toContain("1 person gains");
  });

  it("knows what a change of the roles does to files that are the same", async () => {
    write("users/roles.yaml", "read: { description: r, privileges: [SELECT, DELETE] }\n");
    expect(await rows()).toEqual([
      ["gain", "bob", "read", "read"],
      ["gain", "jane.doe", "read", "read"],
    ]);
  });

  it("knows that an agent, whose file is the same, is suspended with its owner", async () => {
    const agent = "  - { cluster: orders, databases: [shop], role: read, expires: 2027-01-01 }";
    user("bot", agent, "kind: agent\nowner: jane.doe\n");
    commit("agent");
    user("jane.doe", READ, "suspended: true\n");
    expect((await rows()).map(([kind, who]) => `${kind} ${who}`)).toEqual(["loss bot", "loss jane.doe"]);
  });

  it("marks the first administrator only where no file that is the same has one", async () => {
    const admin = READ.replace("read", "admin");
    user("jane.doe", admin);
    expect((await summary()).changes[0]!.marks).toContain("first administrator");
    user("jane.doe", READ);
    user("bob", admin);
    commit("admin");
    user("jane.doe", admin);
    expect((await summary()).changes[0]!.marks).not.toContain("first administrator");
  });

  it("a folder that was not there yet, or is not any more, declares nothing", async () => {
    git("mv", "users", "people");
    commit("moved");
    const { out } = await runCli(["diff", "HEAD^", "--folder", join(top, "people"), "--json"], env);
    expect((JSON.parse(out) as Summary).headline).toBe("2 people gain; highest: `read` on shop (new)");
  });
});

describe("a repository", () => {
  const GAIN = [["gain", "jane.doe", "read", "write"]];

  it("without a commit yet has nothing: all that the first one has is new", async () => {
    for (const format of ["sha1", "sha256"]) {
      rmSync(join(top, ".git"), { recursive: true });
      git("init", "-q", "-b", "main", `--object-format=${format}`);
      const headline = "2 people gain; highest: `read` on shop (new)";
      expect((await summary()).headline).toBe(headline);
      git("add", "-A");
      expect((await summary()).headline).toBe(headline);
      expect(await diff("--approvers")).toMatchObject({ code: 0, err: "" });
      expect((await diff("main")).err).toMatch(/Git knows no revision "main"/);
    }
  });

  it("whose HEAD names a commit that is gone is no repository without one", async () => {
    write(".git/refs/heads/main", `${"1".repeat(40)}\n`);
    expect((await diff()).err).toMatch(/Git knows no revision "HEAD" here/);
  });

  it.each<[string, () => void]>([
    [
      "in a merge",
      () => {
        git("switch", "-q", "-c", "other");
        write("x", "x");
        commit("other");
        git("switch", "-q", "main");
        write("y", "y");
        commit("main");
        git("merge", "-q", "--no-commit", "other");
      },
    ],
    ["without a branch", () => git("switch", "-q", "--detach")],
    [
      "with line ends of Windows",
      () => {
        git("config", "core.autocrlf", "true");
        rmSync(join(top, "users"), { recursive: true });
        git("checkout", "-q", ".");
      },
    ],
    [
      "with a name beyond ASCII, and `core.quotePath`",
      () => {
        git("config", "core.quotePath", "true");
        write("users/zoë.yaml", "name: Zoë\nemail: zoe@example.com\ngrants: []\n");
        commit("zoë");
      },
    ],
  ])("%s is compared like any other", async (_, prepare) => {
    prepare();
    expect(await rows()).toEqual([]);
    user("jane.doe", WRITE);
    expect(await rows()).toEqual(GAIN);
  });

  it("may have the folder anywhere, and several work trees", async () => {
    const folder = "infra/people of ${x} `y`";
    mkdirSync(join(top, "infra"));
    git("mv", "users", folder);
    commit("moved");
    git("worktree", "add", "-q", "--detach", join(top, "tree two"));
    for (const tree of [".", "tree two"]) {
      const users = join(top, tree, folder);
      const file = join(users, "jane.doe.yaml");
      writeFileSync(file, readFileSync(file, "utf8").replace("role: read", "role: write"));
      const { out } = await runCli(["diff", "--json", "--folder", users], env);
      expect((JSON.parse(out) as Summary).changes).toMatchObject([{ kind: "gain", to: "write" }]);
    }
  });

  it("that has only a part of its files fetches nothing, and says so", async () => {
    user("jane.doe", WRITE);
    commit("two");
    git("config", "uploadpack.allowFilter", "true");
    git("clone", "-q", "--filter=blob:none", `file://${top}`, join(top, "part"));
    const { code, err } = await runCli(["diff", "HEAD^", "--folder", join(top, "part/users")], env);
    expect(err).toMatch(/could not fetch [0-9a-f]+ from promisor remote|this clone is not whole, fetch it/);
    expect(code).toBeGreaterThan(0);
  });
});

describe("what cannot be compared", () => {
  const fails = async (code: number, ...args: string[]) => {
    const result = await diff(...args);
    expect(result.code).toBe(code);
    expect(result.out).toBe("");
    return result.err;
  };

  it("names revision, file and line of a problem, in either state", async () => {
    user("jane.doe", READ.replace("read", "nothing"));
    expect(await fails(1)).toMatch(/users\/jane\.doe\.yaml:4:/);
    commit("broken");
    user("jane.doe", READ);
    expect(await fails(1)).toMatch(/HEAD:users\/jane\.doe\.yaml:4:/);
  });

  it("refuses links and folders of a commit, as of the disk", async () => {
    symlinkSync("/etc/passwd", join(top, "users/link.yaml"));
    mkdirSync(join(top, "users/sub"));
    write("users/sub/a.yaml", "a");
    commit("link");
    const { err } = await diff("HEAD", "--to", "HEAD");
    expect(err).toMatch(/HEAD:users\/link\.yaml:1:1: is a symbolic link/);
    expect(err).toMatch(/HEAD:users\/sub:1:1: is a folder/);
    expect(err).not.toContain("root:");
  });

  it("refuses a submodule", async () => {
    git("update-index", "--add", "--cacheinfo", `160000,${git("rev-parse", "HEAD").trim()},users/mod`);
    git("commit", "-q", "-m", "submodule");
    expect((await diff("HEAD", "--to", "HEAD")).err).toMatch(/HEAD:users\/mod:1:1: is a folder/);
  });

  it("says that Git knows no such revision; and it is never an option of Git", async () => {
    expect(await fails(2, "nowhere")).toMatch(/Git knows no revision "nowhere" here/);
    expect(await fails(2, "--to=--output=x", "HEAD")).toMatch(/Git knows no revision "--output=x"/);
    for (const odd of ["HEAD:users", "^HEAD", "HEAD^..HEAD", "", "HEAD^@", ":users/bob.yaml"])
      expect(await fails(2, odd)).toMatch(/Git knows no revision/);
  });

  it("says that a clone is shallow, or bare, or no repository at all", async () => {
    user("jane.doe", WRITE);
    commit("two");
    const clone = mkdtempSync(join(tmpdir(), "clone-"));
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    try {
      git("clone", "-q", "--depth", "1", `file://${top}`, join(clone, "shallow"));
      git("clone", "-q", "--bare", top, join(clone, "bare"));
      const at = (folder: string) => runCli(["diff", "HEAD^", "--folder", folder], env);
      expect((await at(join(clone, "shallow/users"))).err).toMatch(/this clone is shallow: fetch it/);
      expect((await at(join(clone, "bare"))).err).toMatch(/is in a bare repository/);
      expect((await at(outside)).err).toMatch(/is in no repository of Git/);
      expect((await at(join(outside, "missing"))).err).toMatch(/no such folder/);
    } finally {
      rmSync(clone, { recursive: true });
      rmSync(outside, { recursive: true });
    }
  });
});
