import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Replaces the texts of files. Every text is written to a temporary file in the same folder before the first
 * is renamed: a full disk changes nothing, and no one reads half a file. Permissions stay, and links still
 * lead to the same file.
 */
export function replaceFiles(texts: ReadonlyMap<string, string>): void {
  const written: { readonly target: string; readonly temporary: string }[] = [];
  try {
    for (const [path, text] of texts) {
      const target = realpathSync(path);
      const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
      written.push({ target, temporary });
      writeFileSync(temporary, text, { flag: "wx" });
      chmodSync(temporary, statSync(target).mode);
    }
    for (const { target, temporary } of written) renameSync(temporary, target);
  } finally {
    for (const { temporary } of written) rmSync(temporary, { force: true });
  }
}
