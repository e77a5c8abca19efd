import { type Edit, grantText } from "../../../reader";
import type { Arguments, Command } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { EDIT_DETAILS, editOptions, FolderEdit, fileOf } from "./folder-edit";
import { listOf, matching, type PlacedItem, selectOptions, several } from "./select-grants";

/** `aurora-users revoke`: takes grants out of a user's file. */
export const revoke: Command = {
  name: "revoke",
  summary: "take grants out of a user's file",
  details: [
    EDIT_DETAILS,
    "A named database or table is taken out of its grant, and the grant itself if nothing else is in it. Comments inside a",
    "removed grant go with it.",
  ].join("\n"),
  positionals: [{ shown: "<user>", summary: "the user name, or the account" }],
  options: {
    ...selectOptions,
    role: { kind: "text", value: "<name>", summary: "only grants with this role" },
    all: { kind: "flag", summary: "every grant that matches; without another option, all of the user" },
    ...editOptions,
  },
  run(args, io) {
    const isNamed = ["cluster", "project", "environment", "role", "line"].some(
      option => args.text(option) !== undefined,
    );
    const isExact = args.texts("database").length > 0 || args.text("line") !== undefined;
    if (!isNamed && !isExact && !args.flag("all"))
      throw new UsageError("say which grant: `--cluster`, `--project`, `--line` or `--all`");
    const edit = FolderEdit.open(args, io);
    const user = edit.user(args.at(0) as string);
    const name = fileOf(user);
    const found = matching(edit, user, args, args.text("role"));
    if (found.length > 1 && !isExact && !args.flag("all"))
      throw new UsageError(`${several(found, user)}. Or take all of them with --all`);
    const said: string[] = [];
    const whole = new Set<number>();
    for (const item of found) {
      const left = partOf(item, args);
      if (left === undefined) whole.add(item.index);
      else edit.edit(name, [left.edit]);
      said.push(`${user.username}: no longer ${left?.what ?? grantText(item.grant)}`);
    }
    if (whole.size > 0) edit.edit(name, [{ op: "remove", map: [], key: "grants", indexes: whole }]);
    return edit.finish(said, args, io);
  },
};

/**
 * The edit that takes the named databases or tables out of a grant that has others, too; undefined if nothing
 * would be left of the grant.
 * @throws UsageError if a project's environment lists the databases
 */
function partOf(
  item: PlacedItem,
  args: Arguments,
): { readonly edit: Edit; readonly what: string } | undefined {
  const key = args.texts("table").length > 0 ? "tables" : "databases";
  const named = args.texts(key === "tables" ? "table" : "database");
  const names = key === "tables" ? listOf(item.grant["tables"]) : item.databases;
  const others = names.filter(name => !named.includes(String(name)));
  const hasMore = key === "tables" && ["columns", "procedures", "functions"].some(one => one in item.grant);
  if (named.length === 0 || (others.length === 0 && !hasMore)) return undefined;
  if (!Array.isArray(item.grant[key]) || others.length === 0)
    throw new UsageError(
      `line ${item.line}: ${grantText(item.grant)} is on ${others.join(", ") || "more"}, too, and cannot be divided here; ` +
        "take it out as a whole, or write it by hand",
    );
  const gone = names.filter(name => named.includes(String(name)));
  const indexes = new Set(gone.map(name => names.indexOf(name)));
  const what = grantText({ ...item.grant, [key]: gone });
  return { edit: { op: "remove", map: ["grants", item.index], key, indexes }, what };
}
