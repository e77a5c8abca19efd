import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import * as z from "zod";
import { parseJson } from "../../core/json";
import { EDIT_JOURNAL } from "../../reader";
import { CallFailedError } from "../terminal/errors";

/** A change of one file of a users folder. */
export interface FileChange {
  readonly name: string;
  /** The text that was read; undefined: there is no file yet. */
  readonly before: string | undefined;
  /** Undefined: the file is removed. */
  readonly after: string | undefined;
}

/** What a killed edit leaves, with all that is needed to take it back. */
const journalSchema = z.object({
  pid: z.int(),
  host: z.string(),
  files: z.array(z.object({ name: z.string(), before: z.string().optional(), after: z.string().optional() })),
});
type Journal = z.output<typeof journalSchema>;
/** After this time a command of another machine, or of another container, counts as killed. */
const ELSEWHERE_MS = 600_000;

/**
 * Changes files of a users folder, all or none. A journal in the folder holds the old texts until the last
 * file is in place: if the process is killed in between, the folder counts as broken, and the next edit takes
 * the first one back. Permissions stay.
 * @throws CallFailedError if a file is no longer as it was read, or another edit is running
 */
export function changeFiles(folder: string, changes: readonly FileChange[]): void {
  if (changes.length === 0) return;
  assertWithin(folder, changes);
  takeBackInterrupted(folder);
  removeUnused(folder);
  const journal: Journal = { pid: process.pid, host: hostname(), files: [...changes] };
  openJournal(folder, journal);
  try {
    const temporaries = prepare(folder, journal);
    for (const { name, temporary } of temporaries) renameSync(temporary, join(folder, name));
    for (const { name, after } of journal.files) if (after === undefined) unlinkSync(join(folder, name));
    unlinkSync(join(folder, EDIT_JOURNAL));
  } catch (error) {
    if (existsSync(join(folder, EDIT_JOURNAL))) takeBack(folder, journal);
    throw error;
  }
}

/** Writes the new texts next to the files. After an error there is no trace of the edit. */
function prepare(folder: string, { files }: Journal) {
  try {
    for (const { name, before } of files)
      if (textOf(join(folder, name)) !== before) throw changedMeanwhile(name);
    return files.flatMap(({ name, after }) =>
      after === undefined ? [] : [{ name, temporary: writeTemporary(folder, name, after) }],
    );
  } catch (error) {
    for (const { name } of files) rmSync(temporaryOf(folder, name, process.pid), { force: true });
    unlinkSync(join(folder, EDIT_JOURNAL));
    throw error;
  }
}

/**
 * Takes back an edit that was killed.
 * @param isDry refuse it instead: nothing may be written
 * @returns the names of its files; none if there is no such edit
 * @throws CallFailedError if the edit is still running, or a file changed since
 */
export function takeBackInterrupted(folder: string, { isDry = false } = {}): string[] {
  const path = join(folder, EDIT_JOURNAL);
  const text = textOf(path);
  if (text === undefined) return [];
  const journal = journalOf(text, path);
  if (isDry)
    throw failed("an edit of it was interrupted", "a command that writes takes that edit back first");
  const claim = `${path}.claim`;
  try {
    writeFileSync(claim, String(process.pid), { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw failed(
      "another command takes an interrupted edit back",
      `try again; if there is none, remove ${basename(claim)}`,
    );
  }
  try {
    // A process that ended well removed its journal before. One that is there now was left by a killed one.
    if (textOf(path) !== text) return [];
    takeBack(folder, journal);
    return journal.files.map(({ name }) => name);
  } finally {
    rmSync(claim, { force: true });
  }
}

/** The journal of an edit whose process is gone. @throws CallFailedError */
function journalOf(text: string, path: string): Journal {
  const read = parseJson(text);
  const { data: journal } = journalSchema.safeParse("value" in read ? read.value : undefined);
  if (!journal)
    throw failed(`${EDIT_JOURNAL} cannot be read`, "look at the folder, and remove that file by hand");
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (journal.host === hostname() ? isAlive(journal.pid) : age < ELSEWHERE_MS)
    throw failed(
      `another command (process ${journal.pid} of ${journal.host}) is changing this folder`,
      `try again; if there is no such command, remove ${EDIT_JOURNAL} after a look at the folder`,
    );
  return journal;
}

/** Gives every file of an edit its old text, and removes the journal. Can be repeated. */
function takeBack(folder: string, { files, pid }: Journal): void {
  assertWithin(folder, files);
  for (const { name } of files) rmSync(temporaryOf(folder, name, pid), { force: true });
  const strange: string[] = [];
  for (const { name, before, after } of files) {
    const path = join(folder, name);
    const now = textOf(path);
    if (now === before) continue;
    if (now !== after) strange.push(name);
    else if (before === undefined) unlinkSync(path);
    else renameSync(writeTemporary(folder, name, before), join(folder, name));
  }
  if (strange.length > 0)
    throw failed(
      `${strange.join(", ")} changed since an edit was interrupted`,
      `compare with the old texts in ${EDIT_JOURNAL}, then remove it`,
    );
  unlinkSync(join(folder, EDIT_JOURNAL));
}

/**
 * @throws CallFailedError for a name that is none of a users file, or leads out of the folder, as one of a
 *   forged journal. Readers of the folder follow no links either.
 */
function assertWithin(folder: string, files: readonly { readonly name: string }[]): void {
  const isUsersFile = (name: string) =>
    basename(name) === name &&
    /^[^.\0][^\0]*\.yaml$/.test(name) &&
    !lstatSync(join(folder, name), { throwIfNoEntry: false })?.isSymbolicLink();
  const outside = files.find(({ name }) => !isUsersFile(name));
  if (outside)
    throw failed(
      `${outside.name} is no users file of this folder, or a link`,
      `look at it and at ${EDIT_JOURNAL}, and remove them by hand`,
    );
}

/** Makes the journal appear whole, and only if there is none. */
function openJournal(folder: string, journal: Journal): void {
  const temporary = join(folder, `${EDIT_JOURNAL}.${process.pid}.tmp`);
  try {
    rmSync(temporary, { force: true });
    writeThrough(temporary, JSON.stringify(journal));
    linkSync(temporary, join(folder, EDIT_JOURNAL));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw failed("another command is changing this folder", "try again");
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Removes journals of killed edits that did not begin. */
function removeUnused(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^\.aurora-users-edit\.json\.(\d+)\.tmp$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

const temporaryOf = (folder: string, name: string, pid: number): string =>
  join(folder, `.${name}.${pid}.tmp`);

function writeTemporary(folder: string, name: string, text: string): string {
  const temporary = temporaryOf(folder, name, process.pid);
  const target = join(folder, name);
  rmSync(temporary, { force: true });
  writeThrough(temporary, text);
  if (existsSync(target)) chmodSync(temporary, statSync(target).mode);
  return temporary;
}

/** Writes a new file to the disk itself, so that a rename never leads to half a text. Follows no link. */
function writeThrough(path: string, text: string): void {
  const file = openSync(path, "wx");
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

const textOf = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, "utf8") : undefined;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const failed = (reason: string, hint: string): CallFailedError =>
  new CallFailedError({ what: "The users folder was not changed", reason, hint }, undefined);

const changedMeanwhile = (name: string): CallFailedError =>
  failed(`${name} changed while this command ran`, "run it again");
