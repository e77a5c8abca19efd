import { existsSync } from "node:fs";
import { join } from "node:path";
import { defined } from "../../core/json";
import { USER_KINDS, type UserKind } from "../../core/roster/roster";
import { type Problem, SPECIAL_FILES } from "../../core/users";
import { problemText, readUsers, userFileText } from "../../reader";
import { type Arguments, type Command, jsonOption, printJson } from "../terminal/command";
import { UsageError } from "../terminal/errors";
import { patchText, printPatch } from "../terminal/print-patch";
import { changeFiles, takeBackInterrupted } from "./change-files";

/** Places of the schema, relative to a users folder. */
const SCHEMAS = [
  "../schemas/user.schema.json",
  "../node_modules/cdktf-aurora-users/schemas/user.schema.json",
];

/** `aurora-users new`: writes a user file. */
export const newUser: Command = {
  name: "new",
  summary: "write the file of a new person, service or agent, without grants",
  details:
    "An existing file is never overwritten. If the new file would be a problem, the problem is reported and no file is\n" +
    "written.",
  positionals: [{ shown: "<user>", summary: "the user name; it becomes the file's name" }],
  options: {
    name: { kind: "text", value: "<text>", summary: "the full name", required: true },
    email: { kind: "text", value: "<address>", summary: "the e-mail address; a person needs one" },
    username: {
      kind: "text",
      value: "<text>",
      summary: "the user name in the identity provider, if it cannot be a file name",
    },
    account: {
      kind: "text",
      value: "<text>",
      summary: "the MySQL account without its prefix, if it is not the user name",
    },
    kind: { kind: "text", value: "<kind>", summary: "person, service or agent (default: person)" },
    owner: { kind: "text", value: "<user>", summary: "who answers for an agent; an agent needs one" },
    folder: { kind: "text", value: "<folder>", summary: "the users folder (default: users)" },
    "dry-run": { kind: "flag", summary: "show the file, and write nothing" },
    json: jsonOption,
  },
  run(args, io) {
    const user = args.at(0) as string;
    const name = fileName(user);
    const path = args.text("folder") ?? "users";
    if (existsSync(path)) takeBackInterrupted(path, { isDry: args.flag("dry-run") });
    const folder = readUsers(path);
    const file = `${folder.folder}/${name}`;
    if (existsSync(join(path, name))) throw new UsageError(`${file} exists already, and is not overwritten`);

    const text = textOf(args, path);
    const after = folder.with({ file, name, text });
    const before = new Set(folder.inspect({ now: io.now() }).problems.map(keyOf));
    const problems = after.inspect({ now: io.now() }).problems.filter(problem => !before.has(keyOf(problem)));
    const isDry = args.flag("dry-run");
    const change = { name, before: undefined, after: text };
    const changed = problems.length === 0 && !isDry;
    if (changed) changeFiles(path, [change]);
    if (args.flag("json"))
      printJson(io, problems.length === 0 ? { file, problems, changed } : { problems, changed });
    else if (problems.length === 0 && isDry) printPatch(io, patchText([{ ...change, file }]));
    else if (problems.length === 0) io.out(file);
    else {
      for (const problem of problems) io.err(problemText(problem, at => after.lineOf(at)));
      io.err(`${file} was not written`);
    }
    return problems.length === 0 ? 0 : 1;
  },
};

/** The name of a user's file. @throws UsageError if no file can have it */
export function fileName(user: string): string {
  const name = `${user}.yaml`;
  if (!/^[\p{L}\p{M}\p{N}_@+-][\p{L}\p{M}\p{N}_.@+ -]*$/u.test(user) || user.length > 200)
    throw new UsageError(
      `"${user}" cannot be a file name; choose a plain name for the file, and give the user name with --username`,
    );
  if (SPECIAL_FILES.includes(name.toLowerCase()))
    throw new UsageError(
      `${name} is not a user file; choose another name for the file, and give the user name with --username`,
    );
  return name;
}

function textOf(args: Arguments, folder: string): string {
  const kind = args.text("kind");
  if (kind !== undefined && !isKind(kind))
    throw new UsageError(`\`--kind\` must be person, service or agent, but is "${kind}"`);
  const schema = SCHEMAS.find(path => existsSync(join(folder, path)));
  const optional = {
    email: args.text("email"),
    username: args.text("username"),
    account: args.text("account"),
    kind,
    owner: args.text("owner"),
    schema,
  };
  return userFileText({ name: args.required("name"), ...defined(optional) });
}

const isKind = (text: string): text is UserKind => USER_KINDS.some(kind => kind === text);

const keyOf = (problem: Problem): string => JSON.stringify(problem);
