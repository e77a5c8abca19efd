import { z } from "zod";
import { CLUSTER_NAME_PATTERN } from "../contract/registry-entry";
import { MAX_DATABASE_LENGTH } from "../roster/roster";

/** Text of at least one character. */
export const text = (max: number) => z.string().min(1).max(max);

/** Names of roles, projects, environments and clusters: they become part of addresses in Terraform and of keys. */
export const NAME_RULE = "letters, digits, `.`, `_` and `-`, at most 63, the first a letter or digit";
export const nameSchema = z.string().regex(CLUSTER_NAME_PATTERN, NAME_RULE);

/** The databases of a grant. What a name may hold is checked by `check-databases.ts`, name by name. */
export const databasesSchema = z
  .array(text(MAX_DATABASE_LENGTH).describe("The name of a database, literally: no pattern"))
  .min(1)
  .describe(
    "The databases that the role is given on, each by its name. Names are literal: `%`, `_` and `*` stand for nothing else",
  );

export const privilegesSchema = z
  .array(
    text(64).describe(
      "A privilege of MySQL that stands on a database (`SELECT`, `SHOW VIEW`), in any case, or ALL PRIVILEGES",
    ),
  )
  .min(1);

/** An e-mail address. */
export const emailSchema = z.email("is not an e-mail address").max(320);
