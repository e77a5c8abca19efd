import type { Construct } from "constructs";
import { DATABASE_PRIVILEGES, type DatabasePrivilege } from "../../../core/catalogue/mysql-privileges";
import { type GrantedObject, objectKey } from "../../../core/roster/granted-object";
import { type Roster, rosterSchema } from "../../../core/roster/roster";
import { databaseFault } from "../../../core/users/check-databases";
import { type NamedKind, objectFault } from "../../../core/users/check-objects";
import { textFault } from "../../../core/users/check-text";
import { emailSchema } from "../../../core/users/field-schemas";
import { nearestHint } from "../../../core/users/nearest";
import type { Fault } from "../../../core/users/problem";
import { quoted, ValidationError } from "../../terraform/validation-error";
import type { Roles } from "../shipped-roles";

/** A fault of a prop as an error of the construct. */
export const refusal = (scope: Construct, prop: string, { message, hint }: Fault): ValidationError =>
  new ValidationError(`\`${prop}\`: ${message}; ${hint}`, scope);

/** @throws ValidationError if no grant may name the database, or it is not known at synth */
export function assertDatabase(scope: Construct, prop: string, database: string): void {
  assertPlainTexts(scope, { [prop]: database });
  const fault = databaseFault(database);
  if (fault) throw refusal(scope, prop, fault);
}

/** What a grant names in a database. */
interface NamedObjects {
  readonly database: string;
  readonly columns?: Readonly<Record<string, readonly string[]>>;
  readonly tables?: readonly string[];
  readonly procedures?: readonly string[];
  readonly functions?: readonly string[];
}

/**
 * The tables, columns and routines of a grant, by `objectKey`.
 * @throws ValidationError if it names none, or one that cannot be granted or is not known at synth
 */
export function objectKeys(scope: Construct, grant: NamedObjects): string[] {
  const { columns = {}, database, functions = [], procedures = [], tables = [] } = grant;
  assertDatabase(scope, "database", database);
  const named = (prop: NamedKind, names: readonly string[]) => {
    for (const name of names) {
      assertPlainTexts(scope, { [`${prop}s`]: name });
      const fault = objectFault(name, prop);
      if (fault) throw refusal(scope, `${prop}s`, fault);
    }
    return names;
  };
  const objects: GrantedObject[] = [
    ...named("table", tables).map(name => ({ kind: "TABLE" as const, database, name })),
    ...named("table", Object.keys(columns)).map(name => ({
      kind: "TABLE" as const,
      database,
      name,
      columns: named("column", columns[name]!),
    })),
    ...named("procedure", procedures).map(name => ({ kind: "PROCEDURE" as const, database, name })),
    ...named("function", functions).map(name => ({ kind: "FUNCTION" as const, database, name })),
  ];
  const empty = objects.find(object => object.columns?.length === 0);
  if (objects.length === 0 || empty)
    throw new ValidationError(
      "`grants` must name at least one table, column, procedure or function of the database",
      scope,
    );
  return objects.map(objectKey);
}

/**
 * Checks texts as those of `users/`. Absent ones are accepted.
 * @throws ValidationError if one is a token or no text, or holds characters that a reviewer cannot see
 */
export function assertPlainTexts(scope: Construct, texts: Readonly<Record<string, unknown>>): void {
  for (const [prop, text] of Object.entries(texts)) {
    if (text === undefined) continue;
    if (typeof text !== "string")
      throw new ValidationError(
        `\`${prop}\` must be plain text that is known at synth, without tokens`,
        scope,
      );
    const fault = textFault(text);
    if (fault) throw refusal(scope, prop, fault);
  }
}

/** @throws ValidationError if the text is no e-mail address */
export function assertEmail(scope: Construct, email: string | undefined): void {
  const parsed = emailSchema.optional().safeParse(email);
  if (!parsed.success)
    throw new ValidationError(
      `\`email\`: ${parsed.error.issues[0]!.message}, got: ${quoted(email!, 320)}`,
      scope,
    );
}

/** @throws ValidationError if the list is empty or names something else than privileges on databases */
export function assertPrivileges(
  scope: Construct,
  prop: string,
  privileges: readonly DatabasePrivilege[],
): void {
  if (!Array.isArray(privileges) || privileges.length === 0)
    throw new ValidationError(`\`${prop}\` must name at least one privilege`, scope);
  const unknown = privileges.find(privilege => !DATABASE_PRIVILEGES.includes(privilege));
  if (unknown === undefined) return;
  const hint = nearestHint(String(unknown), DATABASE_PRIVILEGES, "");
  throw new ValidationError(
    `\`${prop}\` must name database privileges of MySQL, got: ${quoted(String(unknown))}; ${hint}`,
    scope,
  );
}

/** @throws ValidationError if a role gives nothing, or something else than privileges on databases */
export function assertRoles(scope: Construct, roles: Roles): void {
  for (const [role, privileges] of Object.entries(roles))
    assertPrivileges(scope, `roles.${role}`, privileges);
}

/** @throws ValidationError with the field's name if the schema of rosters does not allow the account */
export function assertAccount(scope: Construct, account: string, details: Roster["accounts"][string]): void {
  const parsed = rosterSchema.safeParse({ roles: {}, accounts: { [account]: details } });
  if (parsed.success) return;
  const [{ path, message } = { path: [], message: "" }] = parsed.error.issues;
  const field = String(path.filter(part => typeof part === "string").at(-1) ?? "user");
  throw new ValidationError(`\`${field === account ? "account" : field}\`: ${message}`, scope);
}
