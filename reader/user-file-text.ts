import { stringify } from "yaml";

/** What a new user file says. */
export interface NewUser {
  readonly name: string;
  readonly email?: string;
  readonly username?: string;
  readonly account?: string;
  readonly kind?: "person" | "service";
  /** Where the JSON schema is, as seen from the file. */
  readonly schema?: string;
}

/** The text of a user file without grants. Whatever the values look like, YAML reads them back as the same text. */
export function userFileText({ schema, ...user }: NewUser): string {
  const { name, email, username, account, kind } = user;
  const fields = Object.entries({ name, email, username, account, kind }).filter(
    ([, value]) => value !== undefined,
  );
  const header = schema === undefined ? "" : `# yaml-language-server: $schema=${schema}\n`;
  return (
    header + stringify({ ...Object.fromEntries(fields), grants: [] }, { lineWidth: 0, compat: "yaml-1.1" })
  );
}
