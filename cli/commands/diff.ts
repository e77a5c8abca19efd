import { commitOf, folderAt, folderNow } from "../git/folder-at";
import { Git } from "../git/git";
import { approvalsOf, printApprovers } from "../summary/approvals";
import { compareStates } from "../summary/compare-states";
import { approversAsJson, approversOption, formatOf, formatOptions, printSummary } from "../summary/render";
import type { Command } from "../terminal/command";

/** `aurora-users diff`: says who gains and who loses access by a change of the users folder. */
export const diff: Command = {
  name: "diff",
  summary: "say who gains and who loses access since a revision of Git",
  details: [
    "It compares the folder with that revision, without a check-out, and asks neither AWS nor a database. So it knows no",
    "drift: `summary` says that of a plan. Files that did not change are not checked: `check` does that.",
    "Exit code 1 if either state has a problem, 3 with --exit-code if anybody's access changes.",
  ].join("\n"),
  positionals: [{ shown: "[revision]", summary: "a commit, branch or tag (default: HEAD)" }],
  options: {
    folder: { kind: "text", value: "<folder>", summary: "the users folder (default: users)" },
    to: {
      kind: "text",
      value: "<revision>",
      summary: "compare with this revision (default: the files as they are)",
    },
    ...formatOptions,
    approvers: approversOption,
    "exit-code": { kind: "flag", summary: "exit with 3 if anybody's access changes" },
  },
  run(args, io) {
    const how = formatOf(args, "text");
    const folder = args.text("folder") ?? "users";
    const [from, to] = [args.at(0) ?? "HEAD", args.text("to")];
    if (args.flag("approvers")) {
      printApprovers(
        approvalsOf({ folder, from: { revision: from }, to }, undefined, io),
        approversAsJson(args),
        io,
      );
      return 0;
    }
    const git = new Git(folder, io.env);
    const commit = commitOf(git, folder, from);
    const before = folderAt(git, commit, from);
    const after = to === undefined ? folderNow(folder, commit) : folderAt(git, commitOf(git, folder, to), to);
    const summary = compareStates(git, before, after, io.now());
    printSummary(summary, how, io);
    // 2 is the exit code of wrong arguments.
    return args.flag("exit-code") && summary.changes.length > 0 ? 3 : 0;
  },
};
