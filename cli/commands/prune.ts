import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { printable } from "../../core/printable";
import { type Problem, TEAMS_FILE } from "../../core/users";
import { type PrunedGrant, problemText, pruneGrants, readUsers, UsersError } from "../../reader";
import { type Command, folderPositional, type Io, jsonOption, printJson } from "../terminal/command";
import { UsageError } from "../terminal/errors";
import { parseTime } from "../terminal/parse-time";
import { counted } from "../terminal/table";
import { changeFiles, type FileChange, takeBackInterrupted } from "./change-files";

/** An expired grant, and its file. */
interface ExpiredGrant extends PrunedGrant {
  readonly file: string;
}

/** `aurora-users prune`: removes expired grants from a users folder. */
export const prune: Command = {
  name: "prune",
  summary: "remove expired grants from the files of users and teams",
  details: [
    "Everything else stays as it is, comments included; only comments inside a removed grant go with it. No file changes",
    "if the folder has problems, or if one of the files cannot be edited. No one's access changes.",
  ].join("\n"),
  positionals: [folderPositional],
  options: {
    "dry-run": { kind: "flag", summary: "show the grants, and change nothing" },
    before: {
      kind: "text",
      value: "<date>",
      summary: "only grants that had expired when that day began; 30d is 30 days ago",
    },
    json: jsonOption,
  },
  run(args, io) {
    const before = args.text("before");
    const until = before === undefined ? io.now() : parseTime("before", before, io.now(), "start");
    if (until > io.now()) throw new UsageError("`--before` lies ahead: only expired grants can be removed");
    const path = args.at(0) ?? "users";
    if (existsSync(path)) takeBackInterrupted(path, { isDry: args.flag("dry-run") });
    const folder = readUsers(path);
    const { users, problems } = folder.inspect({ now: io.now() });
    if (problems.length > 0) throw new UsersError(folder.folder, problems, at => folder.lineOf(at));

    const changes: FileChange[] = [];
    const found: ExpiredGrant[] = [];
    const faults: Problem[] = [];
    const teamsFile = `${folder.folder}/${TEAMS_FILE}`;
    const files = [...users.map(({ file }) => file), ...(folder.has(TEAMS_FILE) ? [teamsFile] : [])];
    for (const file of files) {
      const name = basename(file);
      const before = readFileSync(join(path, name), "utf8");
      const pruning = pruneGrants(before, until, file === teamsFile ? "teams" : "user");
      if ("fault" in pruning)
        faults.push({ file, line: pruning.line, column: 1, path: "grants", message: pruning.fault });
      else if (pruning.pruned.length > 0) {
        changes.push({ name, before, after: pruning.text });
        found.push(...pruning.pruned.map(grant => ({ file, ...grant })));
      }
    }
    const isDry = args.flag("dry-run");
    const changed = !isDry && faults.length === 0;
    if (changed) changeFiles(path, changes);
    if (args.flag("json")) {
      const pruned = found.map(({ index, ...grant }) => ({
        ...grant,
        path: `${grant.team === undefined ? "" : `${grant.team}.`}grants[${index}]`,
      }));
      printJson(io, { pruned, problems: faults, changed });
    } else {
      for (const fault of faults) io.err(problemText(fault, at => folder.lineOf(at)));
      report(found, faults.length > 0 ? "failed" : isDry ? "dry" : "done", io);
    }
    return faults.length > 0 ? 1 : 0;
  },
};

function report(found: readonly ExpiredGrant[], outcome: "failed" | "dry" | "done", io: Io): void {
  for (const { file, line, what, expires, team } of found) {
    const of = team === undefined ? "" : ` of team ${team}`;
    io.out(printable(`- ${file}:${line}: ${what}${of}; expired since ${expires}`));
  }
  const files = new Set(found.map(({ file }) => file)).size;
  const what = `${counted(found.length, "grant")} in ${counted(files, "file")}`;
  if (outcome === "failed") io.err("nothing was changed");
  else if (found.length === 0) io.out("no grant has expired");
  else io.out(outcome === "dry" ? `${what} would be removed` : `${what} removed`);
}
