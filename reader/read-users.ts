import { closeSync, constants, type Dirent, lstatSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerVersion } from "../core/catalogue/server-privileges";
import { byCodeUnit, defined } from "../core/json";
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
import { type FolderEntry, readEntries, type UsersText, yamlName } from "./folder-entries";
import { type ParsedFile, parseFile } from "./parse-file";
import { shownFolder } from "./shown-folder";
import { UsersError } from "./users-error";

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
  /** User names of files that are left out, and that teams may name all the same. @default - none */
  readonly leftOut?: ReadonlySet<string> | undefined;
}

/** Files that were parsed: an edit of one file parses no other again. */
const parsedTexts = new WeakMap<UsersText, ParsedFile>();

function parsedOnce(text: UsersText): ParsedFile {
  const parsed = parsedTexts.get(text) ?? parseFile(text.file, text.name, text.text);
  parsedTexts.set(text, parsed);
  return parsed;
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
    this.#parsed = [...texts].sort((a, b) => byCodeUnit(a.name, b.name)).map(parsedOnce);
  }

  /** The folder with these files in place of those of the same name, or in addition. Nothing is written. */
  with(...texts: readonly UsersText[]): UsersFolder {
    const others = this.without(...texts.map(({ name }) => name)).#texts;
    return new UsersFolder(this.folder, [...others, ...texts], this.#problems, this.#warnings);
  }

  /** The folder without the files of these names. Nothing is removed. */
  without(...names: readonly string[]): UsersFolder {
    const gone = new Set(names);
    const texts = this.#texts.filter(({ name }) => !gone.has(name));
    return new UsersFolder(this.folder, texts, this.#problems, this.#warnings);
  }

  /** Users, rosters, problems and warnings. Does not throw. */
  inspect(options: AssembleOptions = {}): AssembledUsers {
    const { clusters, leftOut, now = new Date() } = options;
    // A file that could not be read (too large, not UTF-8) still exists: without roles.yaml the default roles
    // would count.
    const unread = this.#problems
      .map(({ file }) => ({ file, name: yamlName(file.slice(file.lastIndexOf("/") + 1)) }))
      .filter(({ name }) => name.endsWith(".yaml") && !this.#texts.some(text => text.name === name));
    const assembled = assembleUsers([...this.#parsed.map(parsed => parsed.file), ...unread], {
      now,
      ...defined({ clusters, leftOut }),
    });
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
 * `projects.yaml`, `rules.yaml`, `settings.yaml` and `teams.yaml`. Another file is a problem, and a hidden
 * one is a warning.
 * @throws UsersError if the folder itself cannot be read; `assemble` reports the problems of its files
 */
export function readUsers(folder: string): UsersFolder {
  const shown = shownFolder(folder);
  const { problems, texts, warnings } = readEntries(shown, folderEntries(folder, shown));
  return new UsersFolder(shown, texts, problems, warnings);
}

/**
 * What a folder on the disk holds, in the order of the names.
 * @param shown the folder's name in messages
 * @throws UsersError if it cannot be read as a folder
 */
export function folderEntries(folder: string, shown: string): FolderEntry[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .sort((a, b) => byCodeUnit(a.name, b.name))
      .map(entry => entryOf(folder, entry));
  } catch (error) {
    const message = `cannot be read as a folder (${(error as NodeJS.ErrnoException).code})`;
    throw new UsersError(shown, [
      { file: shown, line: 1, column: 1, path: "", message, hint: "name the folder that holds the users" },
    ]);
  }
}

function entryOf(folder: string, entry: Dirent): FolderEntry {
  const path = join(folder, entry.name);
  const kind = entry.isSymbolicLink()
    ? "link"
    : entry.isDirectory()
      ? "folder"
      : entry.isFile()
        ? "file"
        : "other";
  return {
    name: entry.name,
    kind,
    get size() {
      return lstatSync(path).size;
    },
    read: () => readNoLink(path),
  };
}

/** The file's bytes, also if a link takes its place at this moment. Windows has no such flag. */
function readNoLink(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
