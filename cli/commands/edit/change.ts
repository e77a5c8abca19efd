import { type Edit, grantText } from "../../../reader";
import type { Command } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { EDIT_DETAILS, editOptions, FolderEdit, fileOf } from "./folder-edit";
import { endOption, expiresOption, reasonOption } from "./grant-terms";
import { oneMatching, selectOptions } from "./select-grants";

/** `aurora-users change`: changes the role, end or reason of a grant. */
export const change: Command = {
  name: "change",
  summary: "change the role, the end or the reason of a grant in a user's file",
  details: `${EDIT_DETAILS}\n\`--expires never\` takes the end out, \`--reason ""\` the reason.`,
  positionals: [{ shown: "<user>", summary: "the user name, or the account" }],
  options: {
    ...selectOptions,
    role: { kind: "text", value: "<name>", summary: "the new role, of roles.yaml" },
    expires: expiresOption,
    reason: reasonOption,
    ...editOptions,
  },
  run(args, io) {
    const role = args.text("role");
    const reason = args.text("reason");
    const isEndless = args.text("expires") === "never";
    const expires = isEndless ? undefined : endOption(args, io.now());
    if (role === undefined && reason === undefined && expires === undefined && !isEndless)
      throw new UsageError("say what changes: `--role`, `--expires` or `--reason`");
    const edit = FolderEdit.open(args, io);
    const user = edit.user(args.at(0) as string);
    const name = fileOf(user);
    const item = oneMatching(edit, user, args);
    if (role !== undefined && item.grant["role"] === undefined)
      throw new UsageError(
        `${user.file}:${item.line}: the grant lists privileges and has no role; change it by hand`,
      );
    const map = ["grants", item.index];
    const set = (key: string, value: string | undefined, after?: string): Edit[] =>
      value === undefined ? [] : [{ op: "set", map, key, value, after }];
    const unset = (key: string): Edit[] => (item.grant[key] === undefined ? [] : [{ op: "unset", map, key }]);
    edit.edit(name, [
      ...set("role", role),
      ...(isEndless ? unset("expires") : set("expires", expires, "role")),
      ...(reason === ""
        ? unset("reason")
        : set("reason", reason, expires === undefined ? undefined : "expires")),
    ]);
    const terms = [
      role === undefined ? undefined : `role ${item.grant["role"]} -> ${role}`,
      isEndless || expires !== undefined
        ? `end ${item.grant["expires"] ?? "none"} -> ${expires ?? "none"}`
        : undefined,
      reason === undefined ? undefined : "reason",
    ].filter(term => term !== undefined);
    return edit.finish([`${user.username}: ${grantText(item.grant)}: ${terms.join(", ")}`], args, io);
  },
};
