import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Gives files other texts. All are written beside their places before the first takes its own, by renaming: a full disk changes
 * nothing, and nobody ever reads half a file. Permissions stay; a link goes on leading to where it led.
 */
export function replaceFiles(texts: ReadonlyMap<string, string>): void {
  const written: { readonly target: string; readonly beside: string }[] = [];
  try {
    for (const [path, text] of texts) {
      const target = realpathSync(path);
      const beside = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
      written.push({ target, beside });
      writeFileSync(beside, text, { flag: "wx" });
      chmodSync(beside, statSync(target).mode);
    }
    for (const { target, beside } of written) renameSync(beside, target);
  } finally {
    for (const { beside } of written) rmSync(beside, { force: true });
  }
}
