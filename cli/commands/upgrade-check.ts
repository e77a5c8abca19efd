import { parseVersion } from "../../core/catalogue/server-privileges";
import type { Problem } from "../../core/users";
import { problemText, readUsers } from "../../reader";
import { type Command, folderPositional, jsonOption, printJson } from "../terminal/command";
import { UsageError } from "../terminal/errors";
import { counted } from "../terminal/table";

/** The oldest release of MySQL that Aurora MySQL 3 is built on. */
const OLDEST = { major: 8, minor: 0 };

/** `aurora-users upgrade-check`: names what an upgrade of the server would break. */
export const upgradeCheck: Command = {
  name: "upgrade-check",
  summary: "name what an upgrade of MySQL would break in a users folder",
  details:
    "Only the files are read. What breaks: privileges that the new server does not have, and privileges of Aurora\n" +
    "MySQL 2 that are native roles since Aurora MySQL 3. Patterns of databases are a warning from 8.2 on: MySQL\n" +
    "deprecates them. What the administrator itself needs, and what a cluster lacks, the next plan says.\n" +
    "Exit code 1 if something breaks, 0 if there are only warnings.",
  positionals: [folderPositional],
  options: {
    to: {
      kind: "text",
      value: "<version>",
      summary: "the new version of MySQL: 8.4, or 8.0.36",
      required: true,
    },
    json: jsonOption,
  },
  run(args, io) {
    const to = args.required("to");
    const version = /^\d+\.\d+(\.\d+)?$/.test(to) ? parseVersion(to) : undefined;
    if (!version || version.major < OLDEST.major || (version.major === 8 && version.minor < OLDEST.minor))
      throw new UsageError("`--to` must be a version of MySQL from 8.0 on, such as 8.4 or 8.0.36");
    const folder = readUsers(args.at(0) ?? "users");
    const { breaks, warnings } = folder.upgradeFindings(version);
    const { problems } = folder.inspect({ now: io.now() });
    if (args.flag("json")) {
      printJson(io, { to, breaks, warnings, problems: problems.length });
      return breaks.length > 0 ? 1 : 0;
    }
    const print = (label: string) => (problem: Problem) =>
      io.err(label + problemText(problem, at => folder.lineOf(at)));
    breaks.forEach(print(""));
    warnings.forEach(print("warning: "));
    if (problems.length > 0)
      io.err(`The folder has ${counted(problems.length, "problem")} as it is: run \`aurora-users check\`.`);
    const warned = warnings.length > 0 ? `, ${counted(warnings.length, "warning")}` : "";
    if (breaks.length > 0) io.err(`MySQL ${to} breaks ${counted(breaks.length, "line")}${warned}`);
    else io.out(`MySQL ${to} breaks nothing in these files${warned}`);
    return breaks.length > 0 ? 1 : 0;
  },
};
