import { readPlan } from "../../core/summary/read-plan";
import { summarizePlan } from "../../core/summary/summarize-plan";
import { approvalsOf, printApprovers } from "../summary/approvals";
import { approversAsJson, approversOption, formatOf, formatOptions, printSummary } from "../summary/render";
import { planOf, planOptions } from "../summary/show-plan";
import type { Command } from "../terminal/command";
import { UsageError } from "../terminal/errors";

/** `aurora-users summary`: says who gains and who loses access by a plan. */
export const summary: Command = {
  name: "summary",
  summary: "say who gains and who loses access by a plan of Terraform",
  details: [
    "A plan file is read by `terraform show -json` or `tofu show -json`, in the plan's own folder. No credentials are needed.",
    "The output fits a comment: it counts what it leaves out, and names all losses.",
  ].join("\n"),
  positionals: [{ shown: "<plan>", summary: "a plan file, or its JSON; `-` reads JSON from standard input" }],
  options: {
    ...formatOptions,
    ...planOptions,
    approvers: approversOption,
    folder: {
      kind: "text",
      value: "<folder>",
      summary: "with --approvers: the users folder (default: users)",
    },
    since: {
      kind: "text",
      value: "<revision>",
      summary: "with --approvers: owners are those of this revision (default: HEAD)",
    },
  },
  async run(args, io) {
    const how = formatOf(args, "markdown");
    const file = args.at(0)!;
    const isOwners = args.flag("approvers");
    if (!isOwners && (args.text("folder") ?? args.text("since")) !== undefined)
      throw new UsageError(
        "`--folder` and `--since` are for `--approvers`: the summary itself reads the plan alone",
      );
    const text = await planOf(file, args, io.env);
    const plan = readPlan(text, file === "-" ? "standard input" : file, io.now());
    if (!isOwners) printSummary(summarizePlan(plan), how, io);
    else {
      const from = { revision: args.text("since") ?? "HEAD" };
      const found = approvalsOf({ folder: args.text("folder") ?? "users", from }, [plan], io);
      printApprovers(found, approversAsJson(args), io);
    }
    return 0;
  },
};
