import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitOf, folderAt, folderNow } from "../cli/git/folder-at";
import { Git } from "../cli/git/git";
import { compareStates } from "../cli/summary/compare-states";
import { against, atMost, type Figure, measured, type Part } from "./figure";
import { takeTurns } from "./measure";

const USERS = 10_000;
const CHANGED = 20;
const LIMIT_MS = 1_000;
/** Compared with what Git itself needs to say which files differ. */
const AIM = 40;

/** What a folder has next to its users, the same in both states. */
interface Folder {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** Whether the aims count: without a rule that needs all files. */
  readonly isQuick: boolean;
}

const nameOf = (index: number): string => `user.${String(index).padStart(5, "0")}`;

/** 100 teams with 100 members each: every user is in one. */
const TEAMS = Array.from({ length: 100 }, (_, team) => {
  const members = Array.from({ length: 100 }, (_, index) => `    - ${nameOf(index * 100 + team)}\n`);
  const grants = "  grants:\n    - { cluster: orders, databases: [stock], role: read }\n";
  return `team${team}:\n  owner: { name: Ann, email: ann@example.com }\n  members:\n${members.join("")}${grants}`;
}).join("");
const RULES = [
  'apart: { neverTogether: ["shop:write", "stock:write"] }',
  "soon: { endWithin: { role: admin, days: 30 } }\n",
].join("\n");
const COUNTS = `few: { mostHolders: { role: write, most: ${CHANGED}, per: cluster } }\n`;

const FOLDERS: readonly Folder[] = [
  { name: "users", files: {}, isQuick: true },
  { name: "users, teams", files: { "teams.yaml": TEAMS }, isQuick: true },
  { name: "users, teams, rules", files: { "teams.yaml": TEAMS, "rules.yaml": RULES }, isQuick: true },
  { name: "users, a rule that counts", files: { "rules.yaml": COUNTS }, isQuick: false },
];

/** The time of `aurora-users diff` with many users of which a few changed, without the start of Node. */
export const diffUsers: Part = async say => {
  const figures: Figure[] = [];
  for (const folder of FOLDERS) figures.push(...(await timesOf(folder, say)));
  return figures;
};

async function timesOf({ files, isQuick, name }: Folder, say: (progress: string) => void): Promise<Figure[]> {
  const top = mkdtempSync(join(tmpdir(), "bench-diff-"));
  const folder = join(top, "users");
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
  const git = (...args: string[]) => execFileSync("git", args, { cwd: top, env, stdio: "pipe" });
  try {
    mkdirSync(folder);
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    for (let index = 0; index < USERS; index++) write(folder, index, "read");
    git("init", "-q");
    git("add", "-A");
    git("-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-q", "-m", "all");
    for (let index = 0; index < CHANGED; index++) write(folder, index * 400, "write");
    say(`${USERS} ${name}, ${CHANGED} changed`);
    const diff = () => {
      const own = new Git(folder, env);
      const commit = commitOf(own, folder, "HEAD");
      const before = folderAt(own, commit, "HEAD");
      const { changes } = compareStates(own, before, folderNow(folder, commit), new Date());
      if (changes.length !== CHANGED) throw new Error(`${changes.length} changes`);
    };
    const times = await takeTurns(
      { diff: { run: diff }, git: { run: () => git("diff", "--stat", "HEAD") } },
      { runs: isQuick ? 9 : 3, warmUps: 1 },
    );
    const figure = measured(`diff of ${USERS} ${name}`, "ms", times.diff);
    if (!isQuick) return [against(figure, "git diff --stat", times.git)];
    return [atMost(figure, LIMIT_MS), against(figure, "git diff --stat", times.git, AIM)];
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

function write(folder: string, index: number, role: string): void {
  const user = nameOf(index);
  const grant = (cluster: string) =>
    `  - cluster: ${cluster}\n    databases: [shop]\n    role: ${role}\n    reason: INC-${index}\n`;
  const text = `name: User ${index}\nemail: ${user}@example.com\ngrants:\n${grant("orders")}`;
  writeFileSync(join(folder, `${user}.yaml`), text);
}
