import { readFileSync } from "node:fs";
import { printable } from "../../core/printable";
import { DEFAULT_PREFIX, PREFIX_PATTERN } from "../../core/roster/account-name";
import { parseSourceDocument, readJson, sourceDocumentSchema } from "../../core/source";
import { nearestHint } from "../../core/users/nearest";
import { type Arguments, type Command, type Io, jsonOption, printJson } from "../terminal/command";
import { UsageError } from "../terminal/errors";
import { counted } from "../terminal/table";
import { putSource, type Written } from "./put-source";

const ACTIONS = ["check", "put"];
const TYPES = ["String", "SecureString"] as const;

/**
 * `aurora-users source`: checks or writes a source, a document in Parameter Store that gives access to
 * databases.
 */
export const source: Command = {
  name: "source",
  summary: "check a document for Parameter Store, or write it there",
  details: [
    'The plain form: {"users": [{"name": "alice", "role": "read"}]}. A document over 4 KB is split: its pieces are written',
    "first, then the parameter; then the former pieces are deleted. Only the functions know the databases and roles of the",
    "source: name them with --databases and --roles to check them here.",
  ].join("\n"),
  positionals: [
    { shown: "<action>", summary: "check or put" },
    { shown: "<file>", summary: "the document" },
  ],
  options: {
    databases: {
      kind: "text",
      value: "<a,b>",
      summary: "the databases of the source; any other is a problem",
    },
    roles: { kind: "text", value: "<a,b>", summary: "the roles of the source; any other is a problem" },
    prefix: { kind: "text", value: "<prefix>", summary: `the cluster's prefix (default: ${DEFAULT_PREFIX})` },
    parameter: { kind: "text", value: "<name>", summary: "put: the parameter to write" },
    type: {
      kind: "text",
      value: "<type>",
      summary: "put: String or SecureString (default: as it is, or String)",
    },
    region: {
      kind: "text",
      value: "<name>",
      summary: "put: the region (default: AWS_REGION, AWS_DEFAULT_REGION)",
    },
    json: jsonOption,
  },
  async run(args, io) {
    const action = args.at(0);
    if (action !== "check" && action !== "put")
      throw new UsageError(`there is no \`source ${action}\`; ${nearestHint(`${action}`, ACTIONS, "")}`);
    const file = args.at(1) as string;
    const target = action === "put" ? targetOf(args, io) : undefined;
    const text = readFileSync(file, "utf8");
    const parsed = parseSourceDocument(text, contextOf(args, text));
    if ("problems" in parsed) {
      if (args.flag("json")) printJson(io, { file, problems: parsed.problems });
      else {
        for (const problem of parsed.problems) io.err(printable(`${file}: ${problem}`));
        io.err(
          counted(parsed.problems.length, "problem") +
            (target ? `; ${target.parameter} was not written` : ""),
        );
      }
      return 1;
    }
    const accounts = Object.keys(parsed.roster.accounts).length;
    const written = target && (await putSource(target, text));
    if (args.flag("json")) printJson(io, { file, accounts, problems: [], ...written });
    else io.out(`${counted(accounts, "account")}, no problems${written ? `; ${describe(written)}` : ""}`);
    return 0;
  },
};

const describe = ({ parameter, pieces, version }: Written): string =>
  `${parameter} is written, version ${version}${pieces > 0 ? `, in ${pieces} pieces` : ""}`;

function targetOf(args: Arguments, io: Io) {
  const parameter = args.text("parameter");
  if (parameter === undefined) throw new UsageError("`--parameter <name>` is missing");
  const region = args.text("region") ?? io.env["AWS_REGION"] ?? io.env["AWS_DEFAULT_REGION"];
  if (!region) throw new UsageError("`--region` is missing, and AWS_REGION is not set");
  const type = TYPES.find(known => known === args.text("type"));
  if (args.text("type") !== undefined && type === undefined)
    throw new UsageError(`\`--type\` must be String or SecureString, but is "${args.text("type")}"`);
  return { parameter, region, type };
}

/**
 * What the document is checked against. Without --databases or --roles, all names in the document are
 * accepted.
 */
function contextOf(args: Arguments, text: string) {
  const prefix = args.text("prefix") ?? DEFAULT_PREFIX;
  if (!PREFIX_PATTERN.test(prefix)) throw new UsageError(`\`--prefix\` cannot be "${prefix}"`);
  const read = readJson(text);
  const document = "value" in read ? sourceDocumentSchema.safeParse(read.value).data : undefined;
  const users = document?.users ?? [];
  const listed = (option: string) =>
    args
      .text(option)
      ?.split(",")
      .filter(name => name !== "");
  const databases = listed("databases") ?? [...new Set(users.flatMap(user => user.databases ?? ["(all)"]))];
  const roles = listed("roles") ?? users.map(({ role }) => role);
  const meanings = Object.fromEntries(roles.map(role => [role, ["SELECT"] as const]));
  return { source: { name: "source", databases, roles: meanings }, prefix };
}
