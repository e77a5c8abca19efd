import type { AssembledUsers } from "../../../core/users";
import { grantText } from "../../../reader";
import type { Arguments, Command, Io } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { asked } from "./ask";
import { EDIT_DETAILS, editOptions, FolderEdit, fileOf } from "./folder-edit";
import { grantPeople } from "./grant-people";
import {
  endOption,
  endText,
  expiresOption,
  grantValue,
  type PlaceNames,
  placeFault,
  placeOf,
  placeOptions,
  reasonOption,
  type Terms,
} from "./grant-terms";

/** `aurora-users grant`: adds a grant to a user's file. */
export const grant: Command = {
  name: "grant",
  summary: "add a grant to a user's file, or many from a table",
  details: [
    EDIT_DETAILS,
    "At a terminal it asks for what is missing. With --file it takes one grant a row from CSV, all or none; the first line",
    "names the columns: user, cluster, database, project, environment, role, expires, reason.",
  ].join("\n"),
  positionals: [{ shown: "[user]", summary: "the user name, or the account" }],
  options: {
    ...placeOptions,
    role: { kind: "text", value: "<name>", summary: "the role, of roles.yaml" },
    expires: expiresOption,
    reason: reasonOption,
    file: { kind: "text", value: "<csv>", summary: "a table of grants, in place of user and options" },
    ...editOptions,
  },
  async run(args, io) {
    const edit = FolderEdit.open(args, io);
    const file = args.text("file");
    if (file !== undefined) return grantPeople(file, edit, args, io);
    return grantOne(edit, args, io);
  },
};

async function grantOne(edit: FolderEdit, args: Arguments, io: Io): Promise<number> {
  const { user, place, terms } = await request(edit, args, io);
  const found = edit.user(user);
  const value = grantValue(place, terms);
  edit.edit(fileOf(found), [{ op: "append", map: [], key: "grants", value }]);
  const end = terms.expires === undefined ? "without an end" : `until ${terms.expires}`;
  return edit.finish([`${found.username}: ${grantText(value)}, ${end}`], args, io);
}

interface Request {
  readonly user: string;
  readonly place: PlaceNames;
  readonly terms: Terms;
}

/** User, place and terms as the options say, and else as the person at the terminal answers. */
async function request(edit: FolderEdit, args: Arguments, io: Io): Promise<Request> {
  const given = placeOf(args);
  const end = endOption(args, io.now());
  const hasPlace = placeFault(given) === undefined;
  const isAsking = args.at(0) === undefined || !hasPlace || args.text("role") === undefined;
  const user = await asked(io, args.at(0), {
    option: "<user>",
    text: "User",
    fault: name => faultOf(() => edit.user(name)),
  });
  if (user !== undefined) edit.user(user);
  const place = hasPlace || !io.prompt ? given : await askedPlace(given, edit.before, io);
  const fault = placeFault(place);
  if (fault) throw new UsageError(`\`--${fault.of}\` ${fault.message}`);
  const roles = [...(edit.folder.roles()?.keys() ?? [])];
  const role = await asked(io, args.text("role"), { option: "--role <name>", text: "Role", choices: roles });
  const more = isAsking ? io : { ...io, prompt: undefined };
  const expires = await asked(more as Io, end, {
    option: "--expires <end>",
    text: "Ends (30d, 2027-03-31)",
    isOptional: true,
    fault: text => faultIn(endText(text, io.now())),
  });
  const reason = await asked(more as Io, args.text("reason"), {
    option: "--reason <text>",
    text: "Reason",
    isOptional: true,
  });
  const ended = expires === undefined || expires === end ? expires : endIn(endText(expires, io.now()));
  return { user: user ?? "", place, terms: { role: role ?? "", expires: ended, reason } };
}

/** Asks for the missing names of a place: a cluster and databases, or a project and its environment. */
async function askedPlace(given: PlaceNames, { rosters }: AssembledUsers, io: Io): Promise<PlaceNames> {
  const { databases, environment, tables } = given;
  let { cluster, project } = given;
  if (cluster === undefined && project === undefined) {
    const clusters = Object.keys(rosters).join(", ");
    const text = `Cluster (${clusters}; nothing for a project)`;
    cluster = await asked(io, undefined, { option: "--cluster <name>", text, isOptional: true });
  }
  if (cluster === undefined) {
    project = await asked(io, project, { option: "--project <name>", text: "Project" });
    const named = await asked(io, environment, { option: "--environment <name>", text: "Environment" });
    return { databases, tables, project, environment: named };
  }
  const question = { option: "--database <name>", text: "Database" };
  const one = databases.length > 0 ? undefined : await asked(io, undefined, question);
  return { ...given, cluster, databases: one === undefined ? databases : [one] };
}

function faultOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const faultIn = (end: ReturnType<typeof endText>): string | undefined =>
  "fault" in end ? end.fault : undefined;
const endIn = (end: ReturnType<typeof endText>): string | undefined =>
  "expires" in end ? end.expires : undefined;
