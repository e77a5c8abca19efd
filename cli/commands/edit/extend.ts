import { parseExpiry } from "../../../core/users";
import { grantText } from "../../../reader";
import type { Command } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { EDIT_DETAILS, editOptions, FolderEdit, fileOf } from "./folder-edit";
import { endOption, expiresOption } from "./grant-terms";
import { oneMatching, selectOptions } from "./select-grants";

/** `aurora-users extend`: moves the end of a grant. */
export const extend: Command = {
  name: "extend",
  summary: "give a grant in a user's file a later end",
  details: `${EDIT_DETAILS}\n30d is 30 days from now, also for a grant that has expired. An earlier end needs --shorten.`,
  positionals: [{ shown: "<user>", summary: "the user name, or the account" }],
  options: {
    ...selectOptions,
    role: { kind: "text", value: "<name>", summary: "only a grant with this role" },
    expires: { ...expiresOption, required: true },
    shorten: { kind: "flag", summary: "let the new end be before the old one" },
    ...editOptions,
  },
  run(args, io) {
    const expires = endOption(args, io.now()) as string;
    const edit = FolderEdit.open(args, io);
    const user = edit.user(args.at(0) as string);
    const name = fileOf(user);
    const item = oneMatching(edit, user, args, args.text("role"));
    const old = item.grant["expires"];
    if (typeof old !== "string")
      throw new UsageError(
        `${user.file}:${item.line}: the grant has no end; give it one with \`aurora-users change\``,
      );
    if (timeOf(expires) < timeOf(old) && !args.flag("shorten"))
      throw new UsageError(
        `${user.file}:${item.line}: the grant ends later, ${old}; for an earlier end add --shorten`,
      );
    edit.edit(name, [{ op: "set", map: ["grants", item.index], key: "expires", value: expires }]);
    const what = `${user.username}: ${grantText(item.grant)}`;
    return edit.finish([`${what}: end ${old} -> ${expires}`], args, io);
  },
};

function timeOf(text: string): number {
  const expiry = parseExpiry(text);
  return "expires" in expiry ? Date.parse(expiry.expires) : 0;
}
