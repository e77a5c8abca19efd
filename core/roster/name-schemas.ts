import * as z from "zod";
import { MAX_OBJECT_LENGTH, parseObjectKey } from "./granted-object";

/** The longest user name in MySQL, in characters. */
export const MAX_ACCOUNT_LENGTH = 32;
/** The longest database name in MySQL, in characters. */
export const MAX_DATABASE_LENGTH = 64;

/** Text of at least one character. */
export const text = (max: number) => z.string().min(1).max(max);

/** A database name in a roster: literal, never a pattern, and never one that needs an escape. */
export const databaseNameSchema = text(MAX_DATABASE_LENGTH).refine(
  name => !/[\0\\/]|\s$|[\u{10000}-\u{10ffff}]/u.test(name),
  "a database name holds no NUL, backslash, slash, trailing space or character beyond U+FFFF",
);

/**
 * A pattern of database names, as GRANT has it: `%` is any characters, `_` one, and a backslash
 * before one of them makes it itself.
 */
export const databasePatternSchema = text(2 * MAX_DATABASE_LENGTH).refine(
  pattern =>
    databaseNameSchema.safeParse(pattern.replace(/\\([_%])/g, "$1")).success &&
    /[%_]/.test(pattern.replace(/\\[_%]/g, "")),
  "a pattern holds `%` or `_` without a backslash before it, and is else as a database name",
);

/** The name of a table, column or routine in a roster. What MySQL keeps of it is as for databases. */
export const objectNameSchema = text(MAX_OBJECT_LENGTH).refine(
  name => !/\0|\s$|[\u{10000}-\u{10ffff}]/u.test(name),
  "a name holds no NUL, trailing space or character beyond U+FFFF",
);

/**
 * An account's name in a roster. MySQL stores names in three-byte UTF-8, where every emoji becomes the same
 * `?`, and ignores trailing spaces when it compares them. Different names could therefore be one account.
 */
export const accountNameSchema = text(MAX_ACCOUNT_LENGTH).refine(
  name => !/[\p{Cc}\p{Cs}]|\s$|[\u{10000}-\u{10ffff}]/u.test(name),
  "an account name holds no control character, trailing space or character beyond U+FFFF",
);

/** An `objectKey`. */
export const objectKeySchema = z.string().refine(key => {
  const object = parseObjectKey(key);
  if (!object) return false;
  if (object.kind === "PRIVILEGE") return true;
  if (object.kind === "ROLE") return accountNameSchema.safeParse(object.name).success;
  if (object.kind === "PATTERN") return databasePatternSchema.safeParse(object.name).success;
  const names = [object.name, ...(object.columns ?? [])];
  return (
    databaseNameSchema.safeParse(object.database).success &&
    names.every(name => objectNameSchema.safeParse(name).success)
  );
}, "is no table, columns of a table, routine, global privilege, native role or pattern");
