import { closeSync, constants, type Dirent, lstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerVersion } from "../core/catalogue/server-privileges";
import { byCodeUnit } from "../core/json";
import {
  type AssembledUsers,
  assembleUsers,
  type ClusterOptions,
  type Problem,
  ROLES_FILE,
  SPECIAL_FILES,
} from "../core/users";
import { Problems, sortProblems } from "../core/users/problem";
import { type Roles, resolveRoles } from "../core/users/resolve-roles";
import { type UpgradeFindings, upgradeFindings } from "../core/users/upgrade-check";
import { type ParsedFile, parseFile } from "./parse-file";
import { shownFolder } from "./shown-folder";
import { UsersError } from "./users-error";

/** The largest file that is read, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;

export interface AssembleOptions {
  /**
   * The clusters that the app declares, by name.
   * @default - any name counts as a cluster, and ceilings are not checked
   */
  readonly clusters?: Readonly<Record<string, ClusterOptions>>;
  /**
   * A grant that ends before this moment has expired, which is a warning.
   * @default - now
   */
  readonly now?: Date;
}

/** A file of a users folder, as text. */
export interface UsersText {
  /** The name in messages: `users/jane.doe.yaml`. */
  readonly file: string;
  readonly name: string;
  readonly text: string;
}

/** The files of a users folder, read and parsed, not yet checked. */
export class UsersFolder {
  /** The name in messages. */
  readonly folder: string;
  readonly #texts: readonly UsersText[];
  readonly #problems: readonly Problem[];
  readonly #warnings: readonly Problem[];
  readonly #parsed: readonly ParsedFile[];

  constructor(
    folder: string,
    texts: readonly UsersText[],
    problems: readonly Problem[] = [],
    warnings: readonly Problem[] = [],
  ) {
    this.folder = folder;
    this.#texts = texts;
    this.#problems = problems;
    this.#warnings = warnings;
    this.#parsed = [...texts]
      .sort((a, b) => byCodeUnit(a.name, b.name))
      .map(({ file, name, text }) => parseFile(file, name, text));
  }

  /** The folder with one more file, which is not written. */
  with(text: UsersText): UsersFolder {
    return new UsersFolder(this.folder, [...this.#texts, text], this.#problems, this.#warnings);
  }

  /** Users, rosters, problems and warnings. Does not throw. */
  inspect(options: AssembleOptions = {}): AssembledUsers {
    const { clusters, now = new Date() } = options;
    // A file that could not be read (too large, not UTF-8) still exists: without roles.yaml the default roles
    // would count.
    const unread = this.#problems
      .map(({ file }) => ({ file, name: yamlName(file.slice(file.lastIndexOf("/") + 1)) }))
      .filter(({ name }) => name.endsWith(".yaml") && !this.#texts.some(text => text.name === name));
    const assembled = assembleUsers(
      [...this.#parsed.map(parsed => parsed.file), ...unread],
      clusters ? { clusters, now } : { now },
    );
    const problems = [
      ...this.#problems,
      ...this.#parsed.flatMap(parsed => parsed.problems),
      ...assembled.problems.filter(problem => !this.#isUnread(problem)),
    ];
    return {
      ...assembled,
      rosters: problems.length > 0 ? {} : assembled.rosters,
      problems: sortProblems(problems),
      warnings: sortProblems([
        ...this.#warnings,
        ...this.#noUsers(),
        ...this.#parsed.flatMap(parsed => parsed.warnings),
        ...assembled.warnings,
      ]),
    };
  }

  /** Whether a problem is about a value that could not be read, or that is reported already. */
  #isUnread({ file, line, column }: Problem): boolean {
    const parsed = this.#parsed.find(candidate => candidate.file.file === file);
    const isSame = (other: Problem) => other.line === line && other.column === column;
    return parsed !== undefined && (parsed.unread.has(line) || parsed.problems.some(isSame));
  }

  /** Whether the folder has a file of this name. */
  has(name: string): boolean {
    return this.#texts.some(text => text.name === name);
  }

  /** The names of the files. */
  names(): string[] {
    return this.#texts.map(({ name }) => name);
  }

  /** The roles of roles.yaml, or the default ones; undefined if they cannot be read. */
  roles(): Roles {
    return resolveRoles(this.#parsed.find(({ file }) => file.name === ROLES_FILE)?.file, new Problems());
  }

  /** What a server of the version would not take of the files. Does not throw. */
  upgradeFindings(to: ServerVersion): UpgradeFindings {
    return upgradeFindings(
      this.#parsed.map(parsed => parsed.file),
      to,
    );
  }

  /**
   * Users and rosters.
   * @throws UsersError with every problem of every file
   */
  assemble(options: AssembleOptions = {}): AssembledUsers {
    const assembled = this.inspect(options);
    if (assembled.problems.length > 0)
      throw new UsersError(this.folder, assembled.problems, problem => this.lineOf(problem));
    return assembled;
  }

  /** The line of a file that a problem points at. */
  lineOf(problem: Problem): string | undefined {
    const text = this.#texts.find(({ file }) => file === problem.file)?.text;
    return text?.split(/\r\n|\n|\r/, problem.line)[problem.line - 1];
  }

  #noUsers(): Problem[] {
    if (this.#problems.length > 0 || this.#texts.some(({ name }) => !SPECIAL_FILES.includes(name))) return [];
    return [
      {
        file: this.folder,
        line: 1,
        column: 1,
        path: "",
        message: "holds no user: every managed account loses its access",
      },
    ];
  }
}

/**
 * Reads a users folder: one `.yaml` file for each person or service, and optionally `roles.yaml`,
 * `projects.yaml`, `rules.yaml` and `settings.yaml`. Any other file is a problem; a hidden one is a warning.
 * @throws UsersError if the folder itself cannot be read; `assemble` reports the problems of its files
 */
export function readUsers(folder: string): UsersFolder {
  const shown = shownFolder(folder);
  const texts: UsersText[] = [];
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const entry of entriesOf(folder, shown)) {
    const file = `${shown}/${entry.name}`;
    const at = { file, line: 1, column: 1, path: "" };
    if (entry.name.startsWith(".")) {
      warnings.push({ ...at, message: "is hidden, and not read" });
      continue;
    }
    const read = readEntry(join(folder, entry.name), entry);
    if ("text" in read) texts.push({ file, name: entry.name, text: read.text });
    else problems.push({ ...at, ...read });
  }
  return new UsersFolder(shown, texts, problems, warnings);
}

function entriesOf(folder: string, shown: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => byCodeUnit(a.name, b.name));
  } catch (error) {
    const message = `cannot be read as a folder (${(error as NodeJS.ErrnoException).code})`;
    throw new UsersError(shown, [
      { file: shown, line: 1, column: 1, path: "", message, hint: "name the folder that holds the users" },
    ]);
  }
}

type Read = { readonly text: string } | { readonly message: string; readonly hint: string };

function readEntry(path: string, entry: Dirent): Read {
  try {
    // A link could name any file of the machine, and errors quote lines.
    if (entry.isSymbolicLink())
      return { message: "is a symbolic link, and links are not followed", hint: "put the file itself there" };
    const stat = lstatSync(path);
    if (stat.isDirectory())
      return {
        message: "is a folder, and sub-folders are not read",
        hint: "move its files into the users folder",
      };
    if (!stat.isFile()) return { message: "is not a regular file", hint: "remove it from the folder" };
    if (/\.ya?ml$/i.test(entry.name) && !entry.name.endsWith(".yaml"))
      return {
        message: "does not end in `.yaml`, and is not read",
        hint: `rename it to ${yamlName(entry.name)}`,
      };
    if (!entry.name.endsWith(".yaml"))
      return {
        message: "is not a YAML file",
        hint: "remove it from the folder, or rename it to end in `.yaml`",
      };
    if (stat.size > MAX_FILE_BYTES)
      return {
        message: `is larger than ${MAX_FILE_BYTES} bytes`,
        hint: "one file holds one person or service",
      };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(readNoLink(path)) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA")
      return { message: "is not UTF-8", hint: "save it as UTF-8" };
    return { message: `cannot be read (${code})`, hint: "fix its permissions, or remove it from the folder" };
  }
}

/** The name with the ending that files of users have: `roles.yaml` for `roles.yml`. */
const yamlName = (name: string): string => name.replace(/\.ya?ml$/i, ".yaml");

/** The file's bytes, also if a link takes its place at this moment. Windows has no such flag. */
function readNoLink(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
