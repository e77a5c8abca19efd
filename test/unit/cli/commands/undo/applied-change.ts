import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FolderEdit } from "../../../../../cli/commands/edit/folder-edit";
import { recordedSet } from "../../../../../cli/commands/undo/recorded-set";
import { undoSet } from "../../../../../cli/commands/undo/undo-set";
import { Arguments, type Io } from "../../../../../cli/terminal/command";
import { type AuditItem, auditItemSchema, rosterChanges } from "../../../../../core/audit";
import type { Roster } from "../../../../../core/roster/roster";
import { readUsers } from "../../../../../reader";

export const ID = "cs-20270331T120000Z-1a2b3c4d";
/** Files of a users folder; undefined: there is none. */
export type Files = Readonly<Record<string, string | undefined>>;

/** A users folder in which changes are applied and undone, with an audit trail in memory. */
export class AppliedChanges {
  readonly folder = mkdtempSync(join(tmpdir(), "users "));
  readonly now = new Date("2027-04-01T00:00:00Z");

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  write(files: Files): void {
    for (const [name, text] of Object.entries(files))
      if (text === undefined) rmSync(join(this.folder, name));
      else writeFileSync(join(this.folder, name), text);
  }

  rosters(): Readonly<Record<string, Roster>> {
    return readUsers(this.folder).assemble().rosters;
  }

  /** What the audit trail holds of an apply on `orders` that went from one state of the folder to another. */
  applied(from: Files, to: Files, more: object = {}): AuditItem[] {
    this.write(from);
    const before = this.rosters()["orders"];
    this.write(to);
    const after = this.rosters()["orders"] ?? { roles: {}, accounts: {} };
    const item = {
      pk: "orders",
      sk: "000000000001",
      cluster: "orders",
      when: "",
      changeSet: ID,
      action: "update",
    };
    const change = { kind: "result", outcome: "succeeded", accountChanges: rosterChanges(before, after) };
    return [auditItemSchema.parse(JSON.parse(JSON.stringify({ ...item, ...change, ...more })))];
  }

  /** Undoes a change set, and writes the files if that is possible. */
  undo(items: readonly AuditItem[]) {
    const io = { now: () => this.now, err: () => {} } as unknown as Io;
    const edit = FolderEdit.open(new Arguments({ folder: this.folder }, []), io);
    const set = recordedSet(ID, items);
    const { conflicts, said } = undoSet(edit, set);
    const problems = edit.problems().map(({ message }) => message);
    const texts = edit.changes.map(({ after, name }) => [name, after] as const);
    const notes = conflicts.length + problems.length > 0 ? [] : edit.notes();
    if (conflicts.length + problems.length === 0) this.write(Object.fromEntries(texts));
    return { conflicts, said, left: set.left, problems, texts, notes };
  }

  /** Applies and undoes a change. The clusters then have what they had before. @returns how, and the files */
  thereAndBack(from: Files, to: Files) {
    this.write(from);
    const before = this.rosters();
    const items = this.applied({}, to);
    const undone = this.undo(items);
    expect([undone.conflicts, undone.problems]).toEqual([[], []]);
    const after = this.rosters();
    return { ...undone, before, after };
  }
}
