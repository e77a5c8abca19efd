import { formatPatch, structuredPatch } from "diff";
import { escapeUnprintable } from "../../core/printable";
import type { Io } from "./command";

/** A file before and after a change. */
export interface ChangedText {
  /** The path that the patch names: `users/jane.doe.yaml`. */
  readonly file: string;
  /** Undefined: the file is new. */
  readonly before: string | undefined;
  /** Undefined: the file is removed. */
  readonly after: string | undefined;
}

/**
 * A unified diff that `git apply` and `patch -p1` take: every byte of the texts is in it, line ends too.
 */
export function patchText(changes: readonly ChangedText[]): string {
  return changes
    .filter(({ before, after }) => before !== after)
    .map(({ file: path, before, after }) => {
      // A folder elsewhere: `patch -p1` at the root finds it.
      const file = path.replace(/^\/+/, "");
      const names = [
        before === undefined ? "/dev/null" : `a/${file}`,
        after === undefined ? "/dev/null" : `b/${file}`,
      ] as const;
      const patch = structuredPatch(...names, before ?? "", after ?? "", "", "", { context: 3 });
      return formatPatch({
        ...patch,
        isGit: true,
        isCreate: before === undefined,
        isDelete: after === undefined,
      }).replace(/^--- .*\n\+\+\+ .*$/m, ended);
    })
    .join("");
}

/** A patch's header: a name with a space ends with a tab, or `patch` takes its first word. */
const ended = (header: string): string =>
  header
    .split("\n")
    .map(line => (/^.{4}[^"].* /.test(line) ? `${line}\t` : line))
    .join("\n");

const RED = "\u001b[31m";
const GREEN = "\u001b[32m";
const DIM = "\u001b[2m";
const END = "\u001b[0m";

/**
 * Prints a patch: as it is for a program, escaped for a terminal, with colours where the terminal has them.
 */
export function printPatch(io: Io, patch: string): void {
  if (patch === "") return;
  const lines = patch
    .replace(/\n$/, "")
    .split("\n")
    .map(line => escapeUnprintable(line.replace(/\r$/, "")));
  if (io.screen === undefined && io.raw) io.raw(patch);
  else if (io.screen === "coloured" && io.raw) io.raw(lines.map(line => `${painted(line)}\n`).join(""));
  else io.out(lines.join("\n"));
}

function painted(line: string): string {
  if (/^(---|\+\+\+|diff|@@|new|deleted)/.test(line)) return `${DIM}${line}${END}`;
  const colour = line.startsWith("-") ? RED : line.startsWith("+") ? GREEN : undefined;
  return colour === undefined ? line : `${colour}${line}${END}`;
}
