import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Problem } from "../../core/users";
import { type PrunedGrant, problemText, pruneGrants, readUsers, UsersError } from "../../reader";
import {
  type Command,
  folderPositional,
  type Io,
  jsonOption,
  printJson,
  UsageError,
} from "../terminal/command";
import { parseTime } from "../terminal/parse-time";
import { counted, printable } from "../terminal/table";
import { replaceFiles } from "./replace-files";

/** A grant that is over, and where it stands. */
interface Found extends PrunedGrant {
  readonly file: string;
}

/** `aurora-users prune`: takes the grants out of a users folder that give nothing any more. */
export const prune: Command = {
  name: "prune",
  summary: "take the grants that are over out of the users files",
  details: [
    "Comments and everything else stay as they are, except for comments inside a grant that goes; one above it stays. A folder that",
    "has problems is left alone, and so is every file where one of them cannot be edited. Nobody's access changes by it.",
  ].join("\n"),
  positionals: [folderPositional],
  options: {
    "dry-run": { kind: "flag", summary: "show what would go, and change nothing" },
    before: {
      kind: "text",
      value: "<date>",
      summary: "only what was over by the beginning of that day; 30d is 30 days ago",
    },
    json: jsonOption,
  },
  run(args, io) {
    const before = args.text("before");
    const until = before === undefined ? io.now() : parseTime("before", before, io.now(), "start");
    if (until > io.now())
      throw new UsageError(`\`--before\` lies ahead: what is not over yet is not taken out`);
    const path = args.at(0) ?? "users";
    const folder = readUsers(path);
    const { users, problems } = folder.inspect({ now: io.now() });
    if (problems.length > 0) throw new UsersError(folder.folder, problems, at => folder.lineOf(at));

    const texts = new Map<string, string>();
    const found: Found[] = [];
    const faults: Problem[] = [];
    for (const { file } of users) {
      const place = join(path, basename(file));
      const pruning = pruneGrants(readFileSync(place, "utf8"), until);
      if ("fault" in pruning)
        faults.push({ file, line: pruning.line, column: 1, path: "grants", message: pruning.fault });
      else if (pruning.pruned.length > 0) {
        texts.set(place, pruning.text);
        found.push(...pruning.pruned.map(grant => ({ file, ...grant })));
      }
    }
    const dry = args.flag("dry-run");
    if (!dry && faults.length === 0) replaceFiles(texts);
    report(found, faults, dry, args.flag("json"), io, fault => folder.lineOf(fault));
    return faults.length > 0 ? 1 : 0;
  },
};

function report(
  found: readonly Found[],
  faults: readonly Problem[],
  dry: boolean,
  json: boolean,
  io: Io,
  lineOf: (problem: Problem) => string | undefined,
): void {
  const changed = !dry && faults.length === 0;
  if (json) {
    printJson(io, {
      pruned: found.map(({ index, ...grant }) => ({ ...grant, path: `grants[${index}]` })),
      problems: faults,
      changed,
    });
    return;
  }
  for (const { file, line, what, expires } of found)
    io.out(printable(`- ${file}:${line}: ${what}; over since ${expires}`));
  for (const fault of faults) io.err(problemText(fault, lineOf));
  const files = new Set(found.map(({ file }) => file)).size;
  const what = `${counted(found.length, "grant")} in ${counted(files, "file")}`;
  if (faults.length > 0) io.err("nothing was changed");
  else if (found.length === 0) io.out("no grant is over");
  else io.out(dry ? `${what} would be taken out` : `${what} taken out`);
}
