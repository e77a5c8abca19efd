import { readPlan } from "../../core/summary/read-plan";
import { summarizePlan } from "../../core/summary/summarize-plan";
import { formatOf, formatOptions, printSummary } from "../summary/render";
import { planText } from "../summary/show-plan";
import type { Command } from "../terminal/command";

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
    in: {
      kind: "text",
      value: "<folder>",
      summary: "where Terraform was initialized (default: the plan's folder)",
    },
    program: { kind: "text", value: "<path>", summary: "terraform or tofu (default: the one on PATH)" },
  },
  async run(args, io) {
    const how = formatOf(args, "markdown");
    const file = args.at(0)!;
    const text = await planText(file, {
      directory: args.text("in"),
      program: args.text("program"),
      env: io.env,
    });
    printSummary(summarizePlan(readPlan(text, file === "-" ? "standard input" : file, io.now())), how, io);
    return 0;
  },
};
