import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { printable } from "../../../core/printable";
import { type AssembledUsers, type Problem, TEAMS_FILE, type Team, type User } from "../../../core/users";
import { nearest } from "../../../core/users/nearest";
import { type Edit, editFile, problemText, readUsers, setMembers, type UsersFolder } from "../../../reader";
import { type Arguments, type CommandOption, type Io, jsonOption, printJson } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { patchText, printPatch } from "../../terminal/print-patch";
import { changeFiles, type FileChange, takeBackInterrupted } from "../change-files";
import { teamNotes } from "./team-notes";

/** The options that every editing command has. */
export const editOptions: Readonly<Record<string, CommandOption>> = {
  folder: { kind: "text", value: "<folder>", summary: "the users folder (default: users)" },
  "dry-run": { kind: "flag", summary: "show the difference, and change nothing" },
  json: jsonOption,
};

/** What help says of every editing command. */
export const EDIT_DETAILS =
  "Shows the difference. Comments, order, quotes and line ends of the file stay. If the folder had a new problem\n" +
  "afterwards, it is reported, and no file changes. No access changes before the next apply.";

/** Changes of a users folder, made in memory first and written all or none. */
export class FolderEdit {
  readonly path: string;
  readonly folder: UsersFolder;
  readonly before: AssembledUsers;
  readonly now: Date;
  readonly #changes = new Map<string, FileChange>();
  readonly #texts = new Map<string, string | undefined>();
  readonly #faults: Problem[] = [];
  /** With what it declares; undefined after a change. */
  #after: { readonly folder: UsersFolder; readonly users: AssembledUsers } | undefined;

  private constructor(path: string, folder: UsersFolder, now: Date) {
    this.path = path;
    this.folder = folder;
    this.now = now;
    this.before = folder.inspect({ now });
  }

  /** Reads the folder. An edit that was killed is taken back first; a dry run is refused. */
  static open(args: Arguments, io: Io, isDry = args.flag("dry-run")): FolderEdit {
    const path = args.text("folder") ?? "users";
    const names = existsSync(path) ? takeBackInterrupted(path, { isDry }) : [];
    if (names.length > 0)
      io.err(printable(`an interrupted edit was taken back: ${names.join(", ")} are as before`));
    return new FolderEdit(path, readUsers(path), io.now());
  }

  /**
   * The user of a name: a user name, a file's name without .yaml, or an account.
   * @throws UsageError with the nearest name and the command that makes a file
   */
  user(name: string): User {
    const { settings } = this.before;
    const { users } = this.before;
    const found =
      users.find(user => user.username === name) ??
      users.find(user => fileOf(user) === `${name}.yaml` || `${settings.prefix}_${user.account}` === name);
    if (found) return found;
    const near = nearest(
      name,
      users.map(({ username }) => username),
    );
    const hint = near === undefined ? "." : `; did you mean "${near}"?`;
    const make = `aurora-users new ${shellWord(name)} --name "..." --email ...`;
    throw new UsageError(
      `no file of ${this.folder.folder} has the user "${name}"${hint} A new user: ${make}`,
    );
  }

  /** The text of a file with the changes so far. */
  textOf(name: string): string {
    const changed = this.#changes.get(name);
    return (changed ? changed.after : this.#textBefore(name)) ?? "";
  }

  /** What the file held when this edit read it first: it must still hold that when the edit is written. */
  #textBefore(name: string): string | undefined {
    if (!this.#texts.has(name)) {
      const path = join(this.path, name);
      this.#texts.set(name, existsSync(path) ? readFileSync(path, "utf8") : undefined);
    }
    return this.#texts.get(name);
  }

  /** Edits a user's file. What cannot be edited is reported at the end. @returns whether it was edited */
  edit(name: string, edits: readonly Edit[]): boolean {
    const text = this.textOf(name);
    const edited = editFile(text, edits);
    if ("fault" in edited) {
      this.#fault(name, edited);
      return false;
    }
    this.write(name, edited.text);
    return true;
  }

  /** Gives a team these members. What cannot be edited is reported at the end. */
  setMembers({ name }: Pick<Team, "name">, members: readonly string[]): void {
    const edited = setMembers(this.textOf(TEAMS_FILE), name, new Set(members));
    if ("fault" in edited) this.#fault(TEAMS_FILE, edited);
    else this.write(TEAMS_FILE, edited.text);
  }

  #fault(name: string, { fault, line }: { readonly fault: string; readonly line: number }): void {
    const at = { file: `${this.folder.folder}/${name}`, line, column: 1, path: "" };
    this.#faults.push({ ...at, message: fault });
  }

  /** What teams give where this edit changes a user's own grants, one line each. */
  notes(): string[] {
    return teamNotes(this.before, this.after().users, this.now);
  }

  /** Gives a file a text; undefined removes it. */
  write(name: string, after: string | undefined): void {
    this.#changes.set(name, { name, before: this.#textBefore(name), after });
    this.#after = undefined;
  }

  get changes(): FileChange[] {
    return [...this.#changes.values()].filter(({ before, after }) => before !== after);
  }

  /** The folder with the changes, and what it declares. */
  after(): { readonly folder: UsersFolder; readonly users: AssembledUsers } {
    const folder = this.#after?.folder ?? this.#folderAfter();
    this.#after ??= { folder, users: folder.inspect({ now: this.now }) };
    return this.#after;
  }

  #folderAfter(): UsersFolder {
    const written = this.changes.flatMap(({ name, after }) =>
      after === undefined
        ? []
        : [{ file: `${this.folder.folder}/${name}`, name, text: after.replace(/^\uFEFF/, "") }],
    );
    const removed = this.changes.flatMap(({ name, after }) => (after === undefined ? [name] : []));
    return this.folder.without(...removed).with(...written);
  }

  /** The problems that the changes cause, and those of files that could not be edited. */
  problems(): Problem[] {
    return [...this.#faults, ...this.#news(({ problems }) => problems)];
  }

  #news(listOf: (users: AssembledUsers) => readonly Problem[]): Problem[] {
    // Lines move with an edit.
    const keyOf = ({ file, path, message }: Problem) => JSON.stringify([file, path, message]);
    const known = new Set(listOf(this.before).map(keyOf));
    return listOf(this.after().users).filter(problem => !known.has(keyOf(problem)));
  }

  /**
   * Shows the changes and writes them, unless there is a problem or `--dry-run`.
   * @param said what the command did, one line each
   * @returns the exit code
   */
  finish(said: readonly string[], args: Arguments, io: Io): number {
    const problems = this.problems();
    const isPossible = problems.length === 0;
    const warnings = isPossible ? this.#news(users => users.warnings) : [];
    const notes = isPossible ? this.notes() : [];
    const changes = isPossible ? this.changes : [];
    const isDry = args.flag("dry-run");
    const changed = !isDry && changes.length > 0;
    const { folder } = this.folder;
    const patch = patchText(changes.map(change => ({ ...change, file: `${folder}/${change.name}` })));
    if (changed) changeFiles(this.path, changes);
    if (args.flag("json")) {
      const files = changes.map(({ name }) => `${folder}/${name}`);
      const done = isPossible ? said : [];
      printJson(io, { done, notes, files, patch, problems, warnings, changed });
      return isPossible ? 0 : 1;
    }
    const after = this.after().folder;
    for (const problem of [...problems, ...warnings]) io.err(problemText(problem, at => after.lineOf(at)));
    if (!isPossible) {
      io.err("nothing was changed");
      return 1;
    }
    printPatch(io, patch);
    for (const line of [...said, ...notes]) io.err(printable(line));
    if (isDry) io.err("nothing was changed: this was a dry run");
    return 0;
  }
}

/** The name of a user's file. */
export const fileOf = ({ file }: Pick<User, "file">): string => basename(file);

/** A word for a POSIX shell. */
const shellWord = (text: string): string =>
  /^[\w.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
