import { type Approvals, approversOf, missingApprovals } from "../../core/approvers";
import { printable } from "../../core/printable";
import { readUsers } from "../../reader";
import { type Command, folderPositional, jsonOption, printJson } from "../terminal/command";
import { UsageError } from "../terminal/errors";

/** The version of what `--json` prints. */
const FORMAT = 1;

/** `aurora-users approvals`: names who has to agree to a change of a users folder. */
export const approvals: Command = {
  name: "approvals",
  summary: "name the owners who have to agree to a change of the users folder",
  details: [
    "Owners are those of projects.yaml and roles.yaml before the change. With --check the exit code is 1 until each of",
    "them is among --approvers. Where an owner gains by the change, another approver is needed who gains nothing.",
  ].join("\n"),
  positionals: [folderPositional],
  options: {
    before: {
      kind: "text",
      value: "<folder>",
      summary: "the users folder before the change",
      required: true,
    },
    check: { kind: "flag", summary: "fail until everybody agreed who has to" },
    approvers: {
      kind: "texts",
      value: "<e-mail>",
      summary: "who agreed; several with commas between, or the option again",
    },
    json: jsonOption,
  },
  run(args, io) {
    const approvers = args
      .texts("approvers")
      .flatMap(text => text.split(","))
      .map(text => text.trim())
      .filter(text => text !== "");
    const wrong = approvers.find(text => !text.includes("@"));
    if (wrong !== undefined)
      throw new UsageError(`\`--approvers\`: "${printable(wrong)}" is no e-mail address`);
    const [before, after] = [args.required("before"), args.at(0) ?? "users"].map(path =>
      readUsers(path).assemble({ now: io.now() }),
    );
    const found = approversOf(before!, after!);
    const missing = missingApprovals(found, approvers);
    if (args.flag("json")) printJson(io, { format: FORMAT, ...found, missing });
    else for (const line of linesOf(found)) io.out(printable(line));
    if (!args.flag("check")) return 0;
    for (const line of missing) io.err(printable(line));
    return missing.length > 0 ? 1 : 0;
  },
};

function linesOf({ required, unowned }: Approvals): string[] {
  const lines = required.map(({ name, owner, touched }) => {
    const person = name === undefined ? owner : `${name} <${owner}>`;
    return `${person}: ${touched.join(", ")}`;
  });
  const none = unowned.length > 0 ? [`no owner: ${unowned.join(", ")}`] : [];
  return lines.length + none.length > 0 ? [...lines, ...none] : ["nobody: the change touches nothing"];
}
