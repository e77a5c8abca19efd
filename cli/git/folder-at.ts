import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { byCodeUnit } from "../../core/json";
import { type FolderEntry, MAX_FILE_BYTES, readEntries, type UsersText } from "../../reader/folder-entries";
import { folderEntries, UsersFolder } from "../../reader/read-users";
import { shownFolder } from "../../reader/shown-folder";
import { UsageError } from "../terminal/errors";
import type { Git } from "./git";

/** An entry of a folder, with Git's hash of its content. Of a commit's entries Git has the content. */
export interface HashedEntry extends Omit<FolderEntry, "read"> {
  readonly hash: string;
  readonly read?: FolderEntry["read"];
}

/** A users folder at one revision, or as it is on the disk. */
export interface FolderState {
  /** The name in messages: `HEAD:users`, `users`. */
  readonly shown: string;
  readonly entries: readonly HashedEntry[];
}

/**
 * The commit of a revision; of HEAD before the first commit, the tree without files.
 * @throws UsageError if Git knows none of that name, or the folder is in no work tree
 */
export function commitOf(git: Git, folder: string, revision: string): string {
  const inside = git.tried("rev-parse", "--is-inside-work-tree");
  if (inside === undefined)
    throw new UsageError(
      `${folder} is in no repository of Git (or Git refuses it: try \`git status\` there)`,
    );
  if (inside !== "true")
    throw new UsageError(
      `${folder} is in a bare repository, which has no files: use a clone with a work tree`,
    );
  const commit = git.tried("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`);
  // `^HEAD` is all that HEAD cannot reach, and no commit.
  if (commit !== undefined && /^[0-9a-f]+$/.test(commit)) return commit;
  if (revision === "HEAD" && isUnborn(git))
    return git.run(["hash-object", "-t", "tree", "--stdin"]).toString().trim();
  const isShallow = git.tried("rev-parse", "--is-shallow-repository") === "true";
  const hint = isShallow
    ? "this clone is shallow: fetch it (`git fetch --unshallow`, or `fetch-depth: 0` in actions/checkout)"
    : "see `git log`; a branch of elsewhere must be fetched first";
  throw new UsageError(`Git knows no revision "${revision}" here: ${hint}`);
}

/** Whether the branch has no commit yet, as in a hook of its first one. */
const isUnborn = (git: Git): boolean =>
  git.tried("rev-parse", "--verify", "--quiet", "HEAD") === undefined &&
  git.tried("symbolic-ref", "--quiet", "HEAD") !== undefined;

/** The folder as a commit has it, without a check-out. A folder that did not exist then is empty. */
export function folderAt(git: Git, commit: string, revision: string): FolderState {
  const path = (git.tried("rev-parse", "--show-prefix") ?? "").replace(/\/$/, "");
  const shown = `${revision}:${path === "" ? "." : path}`;
  const tree = `${commit}:${path}`;
  if (git.tried("rev-parse", "--verify", "--quiet", "--end-of-options", tree) === undefined)
    return { shown, entries: [] };
  const lines = git.run(["ls-tree", "-z", "-l", "--full-tree", tree]).toString("utf8").split("\0");
  const entries = lines.filter(Boolean).map(line => {
    const tab = line.indexOf("\t");
    const [mode = "", type = "", hash = "", size = ""] = line.slice(0, tab).split(/ +/);
    return { name: line.slice(tab + 1), kind: kindOf(mode, type), size: Number(size) || 0, hash };
  });
  return {
    shown,
    entries: entries.sort((a, b) => byCodeUnit(a.name, b.name)),
  };
}

/** A submodule is a folder that another repository has. */
function kindOf(mode: string, type: string): FolderEntry["kind"] {
  if (type === "tree" || type === "commit") return "folder";
  return mode === "120000" ? "link" : type === "blob" ? "file" : "other";
}

/** The contents of blobs, by their hashes. @throws CallFailedError if Git cannot read them */
export function contentsOf(git: Git, hashes: readonly string[]): Map<string, Buffer> {
  const contents = new Map<string, Buffer>();
  if (hashes.length === 0) return contents;
  const answer = git.run(["cat-file", "--batch"], `${hashes.join("\n")}\n`);
  let at = 0;
  while (at < answer.length) {
    const end = answer.indexOf(LINE_END, at);
    const [hash = "", type, size = ""] = answer.toString("latin1", at, end).split(" ");
    const start = end + 1;
    if (type !== "blob")
      throw new UsageError(`Git has no content for ${hash}: this clone is not whole, fetch it`);
    contents.set(hash, answer.subarray(start, start + Number(size)));
    at = start + Number(size) + 1;
  }
  return contents;
}

const LINE_END = 0x0a;

/** The folder as it is on the disk. @param like a hash of the same kind as those to compare with */
export function folderNow(folder: string, like: string): FolderState {
  const shown = shownFolder(folder);
  if (!existsSync(folder)) return { shown, entries: [] };
  const algorithm = like.length === 64 ? "sha256" : "sha1";
  const entries = folderEntries(folder, shown).map(entry => {
    let content: Uint8Array | undefined;
    const read = () => (content ??= entry.read());
    // What is not read as a user's file has no hash: it counts as another one than that of the commit.
    const isRead = entry.kind === "file" && entry.name.endsWith(".yaml") && entry.size <= MAX_FILE_BYTES;
    const { kind, name, size } = entry;
    return { kind, name, size, read, hash: isRead ? hashOf(read, algorithm) : "none" };
  });
  return { shown, entries };
}

/** Git's name of a content. A file that cannot be read has none. */
function hashOf(read: () => Uint8Array, algorithm: string): string {
  try {
    const content = read();
    return createHash(algorithm).update(`blob ${content.length}\0`).update(content).digest("hex");
  } catch {
    return "none";
  }
}

/** Texts by name and hash: those of one state that another one has, too, are parsed once. */
export type KnownTexts = Map<string, UsersText>;

/**
 * The files of a state, parsed.
 * @param isWanted the others are left out, as if they were not there
 * @param known what another state had; what this one has is added
 */
export function usersFolder(
  git: Git,
  { entries, shown }: FolderState,
  isWanted: (entry: HashedEntry) => boolean,
  known: KnownTexts = new Map(),
): UsersFolder {
  const wanted = entries.filter(isWanted);
  const ofGit = wanted.filter(({ kind, name, read }) => !read && kind === "file" && name.endsWith(".yaml"));
  const contents = contentsOf(
    git,
    ofGit.map(({ hash }) => hash),
  );
  const readable = wanted.map(entry => ({ ...entry, read: entry.read ?? (() => contents.get(entry.hash)!) }));
  const { problems, texts, warnings } = readEntries(shown, readable);
  const hashes = new Map(wanted.map(({ hash, name }) => [name, hash]));
  const shared = texts.map(text => {
    const key = `${hashes.get(text.name)} ${text.name}`;
    if (!known.has(key)) known.set(key, text);
    return known.get(key)!;
  });
  return new UsersFolder(shown, shared, problems, warnings);
}
