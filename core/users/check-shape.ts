import * as z from "zod";
import type { Field } from "./field";
import { plainValue } from "./located-node";
import { nearest } from "./nearest";
import { type Fault, fault } from "./problem";

type Schema = z.core.$ZodType;

/** The key by which YAML 1.1 merges other maps. */
const MERGE_KEY = "<<";

/**
 * Checks one file against its schema and reports every violation at its position, worded for the file's
 * author. Shape only: references are checked in `resolve-*.ts`.
 * @returns whether the file has the shape
 */
export function checkShape(root: Field, schema: Schema): boolean {
  const { tree } = root.file;
  if (!tree) return true;
  const value = plainValue(tree);
  if (z.safeParse(schema, value).success) return true;
  check(root, schema, value);
  return false;
}

/** The field's value if the schema allows it. What it does not allow is reported with the file's shape. */
export function allowedValue<T>(field: Field, schema: z.ZodType<T>): T | undefined {
  const node = field.node();
  return node && schema.safeParse(plainValue(node)).data;
}

/**
 * Walks schema and value together, so that a mistake in one place hides none in another.
 * @param elsewhere keys that other members of the same union know
 */
function check(field: Field, schema: Schema, value: unknown, elsewhere: readonly string[] = []): void {
  const inner = bare(schema);
  if (value === undefined) {
    if (field.file.broken !== "partial" && !z.safeParse(schema, undefined).success)
      field.error("is missing", { hint: `write ${toWrite(inner, field)}` });
  } else if (inner instanceof z.ZodUnion) {
    const options = inner.options as readonly Schema[];
    check(field, memberFor(options, field.keys()), value, options.flatMap(knownKeys));
  } else {
    for (const issue of z.safeParse(inner, value).error?.issues ?? []) {
      if (issue.path.length > 0 || issue.code === "unrecognized_keys") continue;
      const { message, hint = emptyHint(field, schema, value) } = explain(issue, value);
      field.error(message, { hint });
    }
    checkInside(field, inner, value, elsewhere);
  }
}

function checkInside(field: Field, schema: Schema, value: unknown, elsewhere: readonly string[]): void {
  if (Array.isArray(value)) {
    if (!(schema instanceof z.ZodArray)) return;
    for (const [index, item] of value.entries()) check(field.at(index), schema.element as Schema, item);
  } else if (typeof value === "object" && value !== null) {
    const members = value as Record<string, unknown>;
    if (schema instanceof z.ZodObject) checkMembers(field, schema, members, elsewhere);
    if (schema instanceof z.ZodRecord) checkNamed(field, schema, members);
  }
}

/**
 * A map with the schema's keys. An unknown key that resembles a missing one is reported once, as a
 * misspelling.
 */
function checkMembers(
  field: Field,
  schema: z.ZodObject,
  members: Record<string, unknown>,
  elsewhere: readonly string[],
): void {
  const known = Object.keys(schema.shape);
  const unknown = Object.keys(members).filter(key => !known.includes(key));
  const meant = new Set(unknown.map(key => joinedKey(key, known) ?? nearest(key, known)));
  for (const key of unknown) {
    const { message, hint } = unknownKeyFault(key, known, elsewhere);
    field.at(key).error(message, { hint, of: "key" });
  }
  for (const key of known) {
    if (!Object.hasOwn(members, key) && (meant.has(key) || Object.hasOwn(members, MERGE_KEY))) continue;
    check(field.at(key), schema.shape[key] as Schema, members[key]);
  }
}

/** A map whose keys are names that the author chooses. */
function checkNamed(field: Field, schema: z.ZodRecord, members: Record<string, unknown>): void {
  for (const [name, member] of Object.entries(members)) {
    const rule = z.safeParse(schema.keyType, name).error?.issues[0]?.message;
    if (rule) field.at(name).error(`"${name}" cannot be a name`, { hint: `it may be ${rule}`, of: "key" });
    check(field.at(name), schema.valueType as Schema, member);
  }
}

/** The schema without its optional and default wrappers. */
function bare(schema: Schema): Schema {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
  return inner;
}

const knownKeys = (schema: Schema): string[] => {
  const inner = bare(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
};

/**
 * Picks the union member that the author probably meant: the one with the most keys that no other member has.
 * Of equals the first.
 */
function memberFor(options: readonly Schema[], keys: readonly string[]): Schema {
  const own = (option: Schema) =>
    knownKeys(option).filter(
      key => !options.every(other => other === option || knownKeys(other).includes(key)),
    );
  const hits = (option: Schema) => keys.filter(key => nearest(key, own(option)) !== undefined).length;
  return options.reduce((best, option) => (hits(option) > hits(best) ? option : best));
}

/** What to do about a field without a value. */
function emptyHint(field: Field, schema: Schema, value: unknown): string | undefined {
  if (value !== null && value !== "") return undefined;
  if (typeof field.path.at(-1) !== "string") return "write a value, or leave the item out";
  if (!z.safeParse(schema, undefined).success) return `write ${toWrite(schema, field)}`;
  return `leave ${toWrite(schema, field, "out, or write ")}`;
}

/** A field to write: its key and the first sentence of its description. */
function toWrite(schema: Schema, field: Field, between = ""): string {
  const [description = ""] = (z.globalRegistry.get(schema)?.description ?? "").split(". ");
  const meaning = description && `${description.charAt(0).toLowerCase()}${description.slice(1)}`;
  const key = `\`${field.path.at(-1)}\``;
  if (between) return `${key} ${between}${meaning || "a value"}`;
  return meaning ? `${key}: ${meaning}` : key;
}

const TYPES: Record<string, string> = {
  string: "text",
  boolean: "true or false",
  number: "a whole number",
  int: "a whole number",
  array: "a list",
  object: "a map",
  record: "a map",
};

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? "text" : `the ${typeof value} ${String(value)}`;
}

function typeHint(expected: string, value: unknown): string | undefined {
  if (expected === "string" && (typeof value === "number" || typeof value === "boolean"))
    return "put it in quotes";
  if (expected === "number" && typeof value === "string") return "write it without quotes";
  if (expected === "boolean" && typeof value === "string") return "write true or false";
  if (expected === "array" && typeof value === "string")
    return value.startsWith("-") ? "begin each of its items with `- `" : "put it in brackets: [...]";
  if (expected === "array" && value === null) return "an empty list is []";
  if (expected === "array" && typeof value === "object" && !Array.isArray(value))
    return "begin each of its items with `- `";
  if ((expected === "object" || expected === "record") && /^[\w-]+:\S/.test(String(value)))
    return "write a space after each `:`";
  if (expected === "string" && Array.isArray(value)) return "write one value, without brackets and `- `";
  return undefined;
}

function explain(issue: z.core.$ZodIssue, value: unknown): { message: string; hint?: string | undefined } {
  const written = JSON.stringify(value);
  if (typeof value === "number" && (issue.code === "too_small" || issue.code === "too_big"))
    return { message: `${issue.message}, but is ${written}` };
  switch (issue.code) {
    case "invalid_type": {
      const message = `must be ${TYPES[issue.expected] ?? issue.expected}, but is ${kindOf(value)}`;
      return { message, hint: typeHint(issue.expected, value) };
    }
    case "invalid_value": {
      const names = issue.values.map(String);
      const near = typeof value === "string" ? nearest(value, names) : undefined;
      const message = `must be one of ${names.join(", ")}, but is ${written}`;
      return { message, hint: near && `did you mean "${near}"?` };
    }
    case "too_small":
      return { message: "is empty", hint: issue.origin === "array" ? "name at least one" : undefined };
    case "too_big": {
      const { length } = [...String(value)];
      return { message: `is longer than ${issue.maximum} characters (it has ${length})` };
    }
    case "invalid_format":
      return issue.format === "email"
        ? { message: `${written} is not an e-mail address`, hint: "write it like name@example.com" }
        : { message: `${written} cannot be used here`, hint: `it may be ${issue.message}` };
    default:
      return { message: issue.message };
  }
}

/** The key of `role:read`, which YAML reads as one text; undefined if the text holds none. */
function joinedKey(text: string, known: readonly string[]): string | undefined {
  const key = /^([^:]+):/.exec(text)?.[1];
  return key !== undefined && known.includes(key) ? key : undefined;
}

/** Keys of a grant that stand for a kind of grant of their own. */
const SEPARATE = ["global", "nativeRoles", "pattern"];

function unknownKeyFault(key: string, known: readonly string[], elsewhere: readonly string[]): Fault {
  if (key === MERGE_KEY)
    return fault("merge keys (`<<`) are not supported", "write the keys out, so that a reviewer sees them");
  if (elsewhere.includes(key) && key === "databases" && known.includes("database"))
    return fault(
      "`databases` cannot be combined with `tables`, `columns`, `procedures`, `functions` or `privileges`",
      "write `database`, and a grant for each database",
    );
  if (elsewhere.includes(key) && SEPARATE.includes(key))
    return fault(
      `\`${key}\` cannot be combined with ${known
        .filter(other => other !== "cluster")
        .slice(0, 2)
        .map(other => `\`${other}\``)
        .join(" and ")}`,
      "write a grant of its own for it",
    );
  if (elsewhere.includes(key) && key !== "database")
    return fault(
      `\`${key}\` cannot be combined with \`${known[0]}\``,
      known.includes("except")
        ? "write a rule of its own for it"
        : "a grant names either a cluster and databases, or a project and environment",
    );
  const joined = joinedKey(key, known);
  if (joined !== undefined)
    return fault(`a space is missing after the \`:\` of "${joined}"`, "write `key: value`");
  const near = nearest(key, known);
  const hint = near ? `did you mean "${near}"?` : `there are: ${known.join(", ")}`;
  return fault(`unknown key "${key}"`, hint);
}
