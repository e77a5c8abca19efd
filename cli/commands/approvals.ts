import { missingApprovals } from "../../core/approvers";
import { printable, printableLines } from "../../core/printable";
import { readPlan } from "../../core/summary/read-plan";
import { approvalsOf, type Change, printApprovals } from "../summary/approvals";
import { planOf, planOptions } from "../summary/show-plan";
import { type Arguments, type Command, folderPositional, jsonOption } from "../terminal/command";
import { UsageError } from "../terminal/errors";

/** `aurora-users approvals`: names who has to agree to a change of a users folder. */
export const approvals: Command = {
  name: "approvals",
  summary: "name the owners who have to agree to a change of the users folder",
  details: [
    "Owners are those of projects.yaml, roles.yaml and teams.yaml before the change: give --since or --before. With --plan",
    "the change is that of the plan, so that drift and users of the app count, too. With --check the exit code is 1 until",
    "each owner is among --approvers. Where an owner gains by the change, another approver is needed who gains nothing.",
  ].join("\n"),
  positionals: [folderPositional],
  options: {
    since: { kind: "text", value: "<revision>", summary: "the revision of Git before the change" },
    before: { kind: "text", value: "<folder>", summary: "the users folder before the change" },
    plan: {
      kind: "texts",
      value: "<plan>",
      summary: "a plan file, or its JSON; the option again for each stack",
    },
    ...planOptions,
    check: { kind: "flag", summary: "fail until everybody agreed who has to" },
    approvers: {
      kind: "texts",
      value: "<e-mail>",
      summary: "who agreed; several with commas between, or the option again",
    },
    json: jsonOption,
  },
  async run(args, io) {
    const approvers = approversIn(args);
    const change = { folder: args.at(0) ?? "users", from: fromOf(args) };
    const files = args.texts("plan");
    const plans = await Promise.all(
      files.map(async file => readPlan(await planOf(file, args, io.env), file, io.now())),
    );
    const found = approvalsOf(change, files.length > 0 ? plans : undefined, io);
    const missing = missingApprovals(found, approvers);
    printApprovals(found, missing, args.flag("json"), io);
    if (!args.flag("check")) return 0;
    for (const line of missing) io.err(printableLines(printable(line)));
    return missing.length > 0 ? 1 : 0;
  },
};

function approversIn(args: Arguments): string[] {
  const approvers = args
    .texts("approvers")
    .flatMap(text => text.split(","))
    .map(text => text.trim())
    .filter(text => text !== "");
  const wrong = approvers.find(text => !text.includes("@"));
  if (wrong !== undefined)
    throw new UsageError(`\`--approvers\`: "${printable(wrong)}" is no e-mail address`);
  return approvers;
}

function fromOf(args: Arguments): Change["from"] {
  const [folder, revision] = [args.text("before"), args.text("since")];
  if (folder !== undefined && revision === undefined) return { folder };
  if (revision !== undefined && folder === undefined) return { revision };
  throw new UsageError(
    "give one of `--since <revision>` and `--before <folder>`: owners are those from before the change",
  );
}
