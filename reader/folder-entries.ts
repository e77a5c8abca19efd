import type { Problem } from "../core/users";

/** The largest file that is read, in bytes. */
export const MAX_FILE_BYTES = 1024 * 1024;

/**
 * In a users folder while a command changes several files. If the command was killed, the file stays: the
 * folder may hold half of the change, and must not be used.
 */
export const EDIT_JOURNAL = ".aurora-users-edit.json";
const INTERRUPTED = {
  message: "an edit of this folder is running, or was interrupted",
  hint: "run the edit again: it first takes the interrupted one back",
};

/** A file of a users folder, as text. */
export interface UsersText {
  /** The name in messages: `users/jane.doe.yaml`. */
  readonly file: string;
  readonly name: string;
  readonly text: string;
}

/** What a folder holds under one name, on the disk or in a commit. */
export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "link" | "folder" | "other";
  /** In bytes. */
  readonly size: number;
  /** The content of a file. @throws the system's error */
  readonly read: () => Uint8Array;
}

/** The texts of a folder, and what is wrong with the others of its entries. */
export interface FolderTexts {
  readonly texts: readonly UsersText[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Reads the entries of a users folder, in their order. @param shown the folder's name in messages */
export function readEntries(shown: string, entries: readonly FolderEntry[]): FolderTexts {
  const texts: UsersText[] = [];
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  for (const entry of entries) {
    const file = `${shown}/${entry.name}`;
    const at = { file, line: 1, column: 1, path: "" };
    if (entry.name === EDIT_JOURNAL) {
      problems.push({ ...at, ...INTERRUPTED });
      continue;
    }
    if (entry.name.startsWith(".")) {
      warnings.push({ ...at, message: "is hidden, and not read" });
      continue;
    }
    const read = readEntry(entry);
    if ("text" in read) texts.push({ file, name: entry.name, text: read.text });
    else problems.push({ ...at, ...read });
  }
  return { texts, problems, warnings };
}

type Read = { readonly text: string } | { readonly message: string; readonly hint: string };

function readEntry(entry: FolderEntry): Read {
  try {
    const { kind, name, size } = entry;
    // A link could name any file of the machine, and errors quote lines.
    if (kind === "link")
      return { message: "is a symbolic link, and links are not followed", hint: "put the file itself there" };
    if (kind === "folder")
      return {
        message: "is a folder, and sub-folders are not read",
        hint: "move its files into the users folder",
      };
    if (kind !== "file") return { message: "is not a regular file", hint: "remove it from the folder" };
    if (/\.ya?ml$/i.test(name) && !name.endsWith(".yaml"))
      return {
        message: "does not end in `.yaml`, and is not read",
        hint: `rename it to ${yamlName(name)}`,
      };
    if (!name.endsWith(".yaml"))
      return {
        message: "is not a YAML file",
        hint: "remove it from the folder, or rename it to end in `.yaml`",
      };
    if (size > MAX_FILE_BYTES)
      return {
        message: `is larger than ${MAX_FILE_BYTES} bytes`,
        hint: "one file holds one person or service",
      };
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(entry.read()) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_ENCODING_INVALID_ENCODED_DATA")
      return { message: "is not UTF-8", hint: "save it as UTF-8" };
    return { message: `cannot be read (${code})`, hint: "fix its permissions, or remove it from the folder" };
  }
}

/** The name with the ending that files of users have: `roles.yaml` for `roles.yml`. */
export const yamlName = (name: string): string => name.replace(/\.ya?ml$/i, ".yaml");
