import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitOf, folderAt, folderNow } from "../cli/git/folder-at";
import { Git } from "../cli/git/git";
import { compareStates } from "../cli/summary/compare-states";
import { against, atMost, measured, type Part } from "./figure";
import { takeTurns } from "./measure";

const USERS = 10_000;
const CHANGED = 20;
const LIMIT_MS = 1_000;
/** Compared with what Git itself needs to say which files differ. */
const AIM = 40;

/** The time of `aurora-users diff` with many users of which a few changed, without the start of Node. */
export const diffUsers: Part = async say => {
  const top = mkdtempSync(join(tmpdir(), "bench-diff-"));
  const folder = join(top, "users");
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const git = (...args: string[]) => execFileSync("git", args, { cwd: top, env, stdio: "pipe" });
  try {
    mkdirSync(folder);
    for (let index = 0; index < USERS; index++) write(folder, index, "read");
    git("init", "-q");
    git("add", "-A");
    git("-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-q", "-m", "all");
    for (let index = 0; index < CHANGED; index++) write(folder, index * 400, "write");
    say(`${USERS} users, ${CHANGED} changed`);
    const diff = () => {
      const own = new Git(folder, env);
      const commit = commitOf(own, folder, "HEAD");
      const before = folderAt(own, commit, "HEAD");
      const { changes } = compareStates(own, before, folderNow(folder, commit), new Date());
      if (changes.length !== CHANGED) throw new Error(`${changes.length} changes`);
    };
    const times = await takeTurns(
      { diff: { run: diff }, git: { run: () => git("diff", "--stat", "HEAD") } },
      { runs: 9, warmUps: 1 },
    );
    return [
      atMost(measured(`diff of ${USERS} users`, "ms", times.diff), LIMIT_MS),
      against(measured(`diff of ${USERS} users`, "ms", times.diff), "git diff --stat", times.git, AIM),
    ];
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
};

function write(folder: string, index: number, role: string): void {
  const user = `user.${String(index).padStart(5, "0")}`;
  const grant = (cluster: string) =>
    `  - cluster: ${cluster}\n    databases: [shop]\n    role: ${role}\n    reason: INC-${index}\n`;
  const text = `name: User ${index}\nemail: ${user}@example.com\ngrants:\n${grant("orders")}`;
  writeFileSync(join(folder, `${user}.yaml`), text);
}
