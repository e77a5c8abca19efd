import { stringify } from "yaml";
import { defined } from "../core/json";
import type { UserKind } from "../core/roster/roster";

/** The fields of a new user file. */
export interface NewUser {
  readonly name: string;
  readonly email?: string;
  readonly username?: string;
  readonly account?: string;
  readonly kind?: UserKind;
  /** Of an agent: the person who answers for it, by user name. */
  readonly owner?: string;
  /** The path of the JSON schema, relative to the file. */
  readonly schema?: string;
}

/**
 * The text of a user file without grants. YAML reads every value back as the same text, whatever it looks
 * like.
 */
export function userFileText({ schema, ...user }: NewUser): string {
  const { name, email, username, account, kind, owner } = user;
  const fields = defined({ name, email, username, account, kind, owner });
  const header = schema === undefined ? "" : `# yaml-language-server: $schema=${schema}\n`;
  return header + yamlText({ ...fields, grants: [] });
}

/** A value as the text of a users file. */
export const yamlText = (value: unknown): string => stringify(value, { lineWidth: 0, compat: "yaml-1.1" });
