import type { Command } from "../../terminal/command";
import { EDIT_DETAILS, editOptions, FolderEdit, fileOf } from "./folder-edit";

/** `aurora-users suspend`: locks a user's accounts, which keep their grants. */
export const suspend: Command = {
  name: "suspend",
  summary: "lock a user's accounts, which keep their grants; or undo that",
  details: `${EDIT_DETAILS}\nIt writes \`suspended: true\`, and --undo takes that out.`,
  positionals: [{ shown: "<user>", summary: "the user name, or the account" }],
  options: {
    undo: { kind: "flag", summary: "let the user log in again" },
    ...editOptions,
  },
  run(args, io) {
    const edit = FolderEdit.open(args, io);
    const user = edit.user(args.at(0) as string);
    const isUndo = args.flag("undo");
    if ((user.suspended ?? false) !== isUndo)
      return edit.finish([`${user.username} is ${isUndo ? "not suspended" : "suspended already"}`], args, io);
    edit.edit(fileOf(user), [
      isUndo
        ? { op: "unset", map: [], key: "suspended" }
        : { op: "set", map: [], key: "suspended", value: true, after: beforeGrants(edit, fileOf(user)) },
    ]);
    return edit.finish([`${user.username}: ${isUndo ? "no longer suspended" : "suspended"}`], args, io);
  },
};

/** The key before `grants`, so that the list of grants stays the last part of the file. */
function beforeGrants(edit: FolderEdit, name: string): string {
  const keys = [...edit.textOf(name).matchAll(/^["']?(\w+)["']?[ \t]*:/gm)].map(([, key]) => key ?? "");
  return keys[keys.indexOf("grants") - 1] ?? "name";
}
