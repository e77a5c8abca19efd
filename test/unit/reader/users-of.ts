import { defined } from "../../../core/json";
import type { AssembledUsers, ClusterOptions } from "../../../core/users";
import { UsersFolder } from "../../../reader";

export const NOW = new Date("2026-11-20T12:00:00Z");

/** A users folder whose files are given as text, by name. */
export const folderOf = (files: Readonly<Record<string, string>>): UsersFolder =>
  new UsersFolder(
    "users",
    Object.entries(files).map(([name, text]) => ({ file: `users/${name}`, name, text })),
  );

/** What these files say, at a fixed moment. */
export const usersOf = (
  files: Readonly<Record<string, string>>,
  clusters?: Readonly<Record<string, ClusterOptions>>,
): AssembledUsers => folderOf(files).inspect({ now: NOW, ...defined({ clusters }) });
