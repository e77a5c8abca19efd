import { printable } from "../../../core/printable";
import { UsersError } from "../../../reader";
import { type Command, jsonOption, printJson } from "../../terminal/command";
import { patchText, printPatch } from "../../terminal/print-patch";
import { openTable, regionOption, tableOption } from "../audit/audit";
import { changeFiles } from "../change-files";
import { FolderEdit } from "../edit/folder-edit";
import { readSet } from "./recorded-set";
import { undoSet } from "./undo-set";

/** `aurora-users undo`: the patch that takes a change set back. */
export const undo: Command = {
  name: "undo",
  summary: "print the patch of the users files that takes an applied change set back",
  details: [
    "It takes back what the change set gave, and gives back what it took, on the files as they are now. `git apply` or",
    "`patch -p1` applies it, and --write does; the next plan shows its SQL. Where a file has changed there since, it says",
    "so and prints no patch. Needs dynamodb:Query on the audit trail's table, and dynamodb:Scan if no cluster is named.",
  ].join("\n"),
  positionals: [
    { shown: "<change-set>", summary: "its id, as the plan and the audit trail have it: cs-..." },
  ],
  options: {
    write: { kind: "flag", summary: "change the files" },
    cluster: {
      kind: "text",
      value: "<name>",
      summary: "the cluster of the change set; else all are searched",
    },
    folder: { kind: "text", value: "<folder>", summary: "the users folder (default: users)" },
    table: tableOption,
    region: regionOption,
    json: jsonOption,
  },
  async run(args, io) {
    const edit = FolderEdit.open(args, io, !args.flag("write"));
    const { folder } = edit;
    if (edit.before.problems.length > 0)
      throw new UsersError(folder.folder, edit.before.problems, at => folder.lineOf(at));
    const cluster = args.text("cluster");
    const clusters = cluster === undefined ? [] : [cluster];
    const table = await openTable(args);
    try {
      const set = await readSet(table, args.at(0) as string, clusters);
      const { said, conflicts } = undoSet(edit, set);
      const problems = edit.problems();
      const isPossible = conflicts.length === 0 && problems.length === 0;
      const changes = isPossible ? edit.changes : [];
      const notes = isPossible ? edit.notes() : [];
      const patch = patchText(changes.map(one => ({ ...one, file: `${folder.folder}/${one.name}` })));
      const changed = args.flag("write") && changes.length > 0;
      if (changed) changeFiles(edit.path, changes);
      if (args.flag("json")) {
        printJson(io, {
          cluster: set.cluster,
          done: isPossible ? said : [],
          left: set.left,
          notes,
          conflicts,
          problems,
          patch,
          changed,
        });
        return isPossible ? 0 : 1;
      }
      if (!isPossible) {
        for (const text of conflicts) io.err(printable(text));
        for (const { file, line, message } of problems) io.err(printable(`${file}:${line}: ${message}`));
        io.err("the files have changed since, or cannot be edited here: nothing was changed");
        return 1;
      }
      printPatch(io, patch);
      for (const text of [...said, ...notes]) io.err(printable(text));
      for (const text of set.left) io.err(printable(`not undone: ${text}`));
      if (changes.length === 0) io.err("there is nothing to undo in the files");
      return 0;
    } finally {
      table.close();
    }
  },
};
