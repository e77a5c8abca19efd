import type { Command } from "../../terminal/command";
import { editOptions, FolderEdit, fileOf } from "./folder-edit";

/** `aurora-users remove`: removes a user's file. */
export const remove: Command = {
  name: "remove",
  summary: "remove a user's file, and with it all grants",
  details: [
    "The next apply drops the user's accounts. If the folder had a new problem afterwards, as an agent without its owner,",
    "it is reported, and the file stays. `aurora-users offboard` takes access at once.",
  ].join("\n"),
  positionals: [{ shown: "<user>", summary: "the user name, or the account" }],
  options: editOptions,
  run(args, io) {
    const edit = FolderEdit.open(args.text("folder") ?? "users", io);
    const user = edit.user(args.at(0) as string);
    edit.write(fileOf(user), undefined);
    return edit.finish([`${user.username}: removed`], args, io);
  },
};
