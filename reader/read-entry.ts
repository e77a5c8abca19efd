import { closeSync, constants, type Dirent, lstatSync, openSync, readFileSync } from "node:fs";

/** The largest file that is read, in bytes. */
const MAX_FILE_BYTES = 1024 * 1024;

type Read = { readonly text: string } | { readonly message: string; readonly hint: string };

/** Reads a file of a users folder, or says why it is none. */
export function readEntry(path: string, entry: Dirent): Read {
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
export const yamlName = (name: string): string => name.replace(/\.ya?ml$/i, ".yaml");

/** The file's bytes, also if a link takes its place at this moment. Windows has no such flag. */
function readNoLink(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}
