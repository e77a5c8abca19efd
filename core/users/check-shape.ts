import { z } from "zod";
import { keysAt, type NodePath, plainValue, type UsersFile } from "./located-node";
import { nearest } from "./nearest";
import { type Problem, problemAt } from "./problem";

type Schema = z.core.$ZodType;

/** What YAML 1.1 merges other maps by. */
const MERGE_KEY = "<<";

/**
 * What of a file is not as its schema says: each at its place, in words for who wrote the file. It looks at form only; what
 * names refer to is looked at elsewhere.
 */
export function checkShape(source: UsersFile, schema: Schema): Problem[] {
  if (!source.tree) return [];
  const value = plainValue(source.tree);
  return z.safeParse(schema, value).success ? [] : check(source, schema, [], value);
}

/** Goes down by schema and value together, so that what is wrong in one place hides nothing in another. */
function check(
  source: UsersFile,
  schema: Schema,
  path: NodePath,
  value: unknown,
  elsewhere: readonly string[] = [],
): Problem[] {
  if (value === undefined && z.safeParse(schema, undefined).success) return [];
  const inner = bare(schema);
  if (value === undefined) return [problemAt(source, path, "is missing", toWrite(inner, path))];
  if (inner instanceof z.ZodUnion) {
    const options = inner.options as readonly Schema[];
    const others = options.flatMap(option => knownKeys(option));
    return check(source, memberFor(options, keysAt(source.tree, path)), path, value, others);
  }
  const own = (z.safeParse(inner, value).error?.issues ?? [])
    .filter(issue => issue.path.length === 0 && issue.code !== "unrecognized_keys")
    .map(issue => fromIssue(source, path, issue, value));
  if (inner instanceof z.ZodArray && Array.isArray(value))
    return [
      ...own,
      ...value.flatMap((item, index) => check(source, inner.element as Schema, [...path, index], item)),
    ];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return own;
  const members = value as Record<string, unknown>;
  if (inner instanceof z.ZodObject) return [...own, ...checkMembers(source, inner, path, members, elsewhere)];
  if (inner instanceof z.ZodRecord) return [...own, ...checkNamed(source, inner, path, members)];
  return own;
}

/** A map with keys of ours. A key that is nearly a missing one is reported once, as the slip that it is. */
function checkMembers(
  source: UsersFile,
  schema: z.ZodObject,
  path: NodePath,
  members: Record<string, unknown>,
  elsewhere: readonly string[],
): Problem[] {
  const known = Object.keys(schema.shape);
  const unknown = Object.keys(members).filter(key => !known.includes(key));
  const meant = new Set(unknown.map(key => nearest(key, known)));
  const problems = unknown.map(key => unknownKey(source, [...path, key], key, known, elsewhere));
  for (const key of known) {
    if (!Object.hasOwn(members, key) && (meant.has(key) || Object.hasOwn(members, MERGE_KEY))) continue;
    problems.push(...check(source, schema.shape[key] as Schema, [...path, key], members[key]));
  }
  return problems;
}

/** A map whose keys are names of the user's own. */
function checkNamed(
  source: UsersFile,
  schema: z.ZodRecord,
  path: NodePath,
  members: Record<string, unknown>,
): Problem[] {
  return Object.entries(members).flatMap(([name, member]) => {
    const rule = z.safeParse(schema.keyType, name).error?.issues[0]?.message;
    const problems = rule
      ? [problemAt(source, [...path, name], `"${name}" cannot be a name`, `it may be ${rule}`, "key")]
      : [];
    return [...problems, ...check(source, schema.valueType as Schema, [...path, name], member)];
  });
}

/** The schema itself, without what makes it optional or gives it a default. */
function bare(schema: Schema): Schema {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
  return inner;
}

const knownKeys = (schema: Schema): string[] => {
  const inner = bare(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
};

/** Which of a union's members is meant: the one that the map has more keys of which no other has; of equals the first. */
function memberFor(options: readonly Schema[], keys: readonly string[]): Schema {
  const own = (option: Schema) =>
    knownKeys(option).filter(
      key => !options.every(other => other === option || knownKeys(other).includes(key)),
    );
  const hits = (option: Schema) => keys.filter(key => nearest(key, own(option)) !== undefined).length;
  return options.reduce((best, option) => (hits(option) > hits(best) ? option : best));
}

/** What to write for a missing field: its key and what it says. */
function toWrite(schema: Schema, path: NodePath): string {
  const [description = ""] = (z.globalRegistry.get(schema)?.description ?? "").split(". ");
  return `write \`${path.at(-1)}\`${description ? `: ${description.charAt(0).toLowerCase()}${description.slice(1)}` : ""}`;
}

const TYPES: Record<string, string> = { string: "text", array: "a list", object: "a map", record: "a map" };

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? "text" : `the ${typeof value} ${String(value)}`;
}

function typeHint(expected: string, value: unknown): string | undefined {
  if (expected === "string" && (typeof value === "number" || typeof value === "boolean"))
    return "put it in quotes";
  if (expected === "array" && typeof value === "string") return "put it in brackets: [...]";
  if (expected === "array" && value === null) return "an empty list is []";
  return undefined;
}

function fromIssue(source: UsersFile, path: NodePath, issue: z.core.$ZodIssue, value: unknown): Problem {
  const written = JSON.stringify(value);
  switch (issue.code) {
    case "invalid_type":
      return problemAt(
        source,
        path,
        `must be ${TYPES[issue.expected] ?? issue.expected}, but is ${kindOf(value)}`,
        typeHint(issue.expected, value),
      );
    case "invalid_value": {
      const names = issue.values.map(String);
      const near = typeof value === "string" ? nearest(value, names) : undefined;
      return problemAt(
        source,
        path,
        `must be one of ${names.join(", ")}, but is ${written}`,
        near && `did you mean "${near}"?`,
      );
    }
    case "too_small":
      return problemAt(source, path, "is empty", issue.origin === "array" ? "name at least one" : undefined);
    case "too_big":
      return problemAt(
        source,
        path,
        `is longer than ${issue.maximum} characters (it has ${String(value).length})`,
      );
    case "invalid_format":
      if (issue.format === "email") return problemAt(source, path, `${written} is no e-mail address`);
      return problemAt(source, path, `${written} cannot be used here`, `it may be ${issue.message}`);
    default:
      return problemAt(source, path, issue.message);
  }
}

function unknownKey(
  source: UsersFile,
  path: NodePath,
  key: string,
  known: readonly string[],
  elsewhere: readonly string[],
): Problem {
  if (key === MERGE_KEY)
    return problemAt(
      source,
      path,
      "merge keys (`<<`) are not supported",
      "write the keys out, so that a reviewer sees them",
      "key",
    );
  if (elsewhere.includes(key)) {
    const hint = "a grant names either a cluster and databases, or a project and environment";
    return problemAt(source, path, `\`${key}\` has no place beside \`${known[0]}\``, hint, "key");
  }
  const near = nearest(key, known);
  return problemAt(
    source,
    path,
    `unknown key "${key}"`,
    near ? `did you mean "${near}"?` : `there are: ${known.join(", ")}`,
    "key",
  );
}
