import * as z from "zod";
import { CLUSTER_NAME_PATTERN } from "../contract/registry-entry";
import { MAX_OBJECT_LENGTH } from "../roster/granted-object";
import { MAX_DATABASE_LENGTH } from "../roster/roster";

/** Text of at least one character. */
export const text = (max: number) => z.string().min(1).max(max);

/** Why someone has access. A second line could pass for another line of a plan or a mail. */
export const reasonSchema = (description: string) =>
  text(1024)
    .refine(reason => !/[\r\n]/.test(reason), "has a line break; a reason is one line, without `|` or `>`")
    .meta({ description, pattern: "^[^\\r\\n]*$" });

/**
 * Names of roles, projects, environments and clusters. They become part of Terraform addresses and of keys.
 */
const NAME_RULE = "letters, digits, `.`, `_` and `-`, at most 63, the first a letter or digit";
export const nameSchema = z.string().regex(CLUSTER_NAME_PATTERN, NAME_RULE);

/** The databases of a grant. `check-databases.ts` checks each name. */
export const databasesSchema = z
  .array(text(MAX_DATABASE_LENGTH).describe("The literal name of a database, not a pattern"))
  .min(1)
  .describe(
    "The databases that the role is granted on. Names are literal: `%`, `_` and `*` are no wildcards",
  );

/** A database of a grant on what is in it. */
export const databaseSchema = text(MAX_DATABASE_LENGTH).describe(
  "The literal name of the database that has the tables, columns or routines",
);

/** Names of tables, columns or routines. `check-objects.ts` checks each name. */
export const objectNamesSchema = (what: string) =>
  z.array(text(MAX_OBJECT_LENGTH).describe(`The literal name of a ${what}, not a pattern`)).min(1);

export const privilegesSchema = z
  .array(
    text(64).describe(
      "A privilege that MySQL grants on a database (`SELECT`, `SHOW VIEW`), in any case, or ALL PRIVILEGES",
    ),
  )
  .min(1);

/** An e-mail address. */
export const emailSchema = z.email("is not an e-mail address").max(320);
