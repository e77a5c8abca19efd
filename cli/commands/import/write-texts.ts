import { closeSync, existsSync, mkdirSync, openSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Writes files that do not exist, all or none: after an error those that it made are gone again.
 * @param texts by file name, in the order in which they are written
 * @returns the names of the files
 */
export function writeTexts(folder: string, texts: ReadonlyMap<string, string>): string[] {
  const isNew = !existsSync(folder);
  const made: string[] = [];
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of texts) {
      const file = openSync(join(folder, name), "wx");
      made.push(name);
      try {
        writeFileSync(file, text);
      } finally {
        closeSync(file);
      }
    }
    return made;
  } catch (error) {
    for (const name of made) rmSync(join(folder, name), { force: true });
    if (isNew && existsSync(folder)) rmdirSync(folder);
    throw error;
  }
}
