import { z } from "zod";
import { keysAt, type NodePath, nodeAt, plainValue, type SourceFile } from "./located-node";
import { nearest } from "./nearest";
import { type Problem, problemAt } from "./problem";

type Schema = z.core.$ZodType;

/** The schema itself, without what makes it optional or gives it a default. */
function bare(schema: Schema): Schema {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
  return inner;
}

/** The keys that a map may have; undefined where they are names of the user's own. */
const knownKeys = (schema: Schema): string[] | undefined => {
  const inner = bare(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : undefined;
};

/** Which of a union's members is meant: the one whose own keys the map has more of; of equals the first. */
function memberFor(union: z.ZodUnion, keys: readonly string[]): Schema {
  const options = union.options as readonly Schema[];
  const own = (option: Schema) =>
    (knownKeys(option) ?? []).filter(key => !options.every(other => (knownKeys(other) ?? []).includes(key)));
  const near = (option: Schema) => keys.filter(key => nearest(key, own(option)) !== undefined).length;
  return options.reduce((best, option) => (near(option) > near(best) ? option : best));
}

const quoted = (value: unknown): string => {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? "text" : `the ${typeof value} ${String(value)}`;
};

const EXPECTED: Record<string, string> = { string: "text", array: "a list", object: "a map", record: "a map" };

function wrongType(expected: string, value: unknown): { message: string; hint?: string } {
  const message = `must be ${EXPECTED[expected] ?? expected}, but is ${quoted(value)}`;
  if (expected === "string" && (typeof value === "number" || typeof value === "boolean"))
    return { message, hint: "put it in quotes" };
  if (expected === "array" && typeof value === "string") return { message, hint: "put it in brackets: [...]" };
  if (expected === "array" && value === null) return { message, hint: "an empty list is []" };
  return { message };
}

/**
 * What of a file is not as its schema says: each at its place, in words for who wrote the file. `shape` looks at form only; what
 * names refer to is looked at elsewhere.
 */
export function checkShape(source: SourceFile, schema: Schema): Problem[] {
  if (!source.tree) return [];
  return check(source, schema, [], plainValue(source.tree));
}

function check(source: SourceFile, schema: Schema, path: NodePath, value: unknown): Problem[] {
  const inner = bare(schema);
  if (inner instanceof z.ZodUnion) {
    const keys = keysAt(source.tree, path);
    const member = memberFor(inner, keys);
    const elsewhere = (inner.options as readonly Schema[]).flatMap(option => knownKeys(option) ?? []);
    return checkIssues(source, member, path, value, elsewhere);
  }
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    const items = value.flatMap((item, index) => check(source, inner.element as Schema, [...path, index], item));
    return [...own(source, inner, path, value), ...items];
  }
  return checkIssues(source, schema, path, value, []);
}

/** Problems of the list itself, not of its items. */
const own = (source: SourceFile, schema: Schema, path: NodePath, value: unknown): Problem[] =>
  issuesOf(schema, value)
    .filter(issue => issue.path.length === 0)
    .flatMap(issue => fromIssue(source, path, issue, schema, []));

const issuesOf = (schema: Schema, value: unknown): readonly z.core.$ZodIssue[] => z.safeParse(schema, value).error?.issues ?? [];

/** The schema of a member or item. */
function schemaOf(schema: Schema, path: NodePath): Schema | undefined {
  let inner: Schema | undefined = bare(schema);
  for (const key of path) {
    if (inner instanceof z.ZodObject) inner = inner.shape[String(key)] as Schema | undefined;
    else if (inner instanceof z.ZodRecord) inner = inner.valueType as Schema;
    else if (inner instanceof z.ZodArray) inner = inner.element as Schema;
    else return undefined;
    if (inner) inner = bare(inner);
  }
  return inner;
}

function checkIssues(
  source: SourceFile,
  schema: Schema,
  path: NodePath,
  value: unknown,
  elsewhere: readonly string[],
): Problem[] {
  return issuesOf(schema, value).flatMap(issue => {
    const issuePath = issue.path.filter(key => typeof key !== "symbol");
    const at = schemaOf(schema, issuePath);
    const full = [...path, ...issuePath];
    if (issue.code === "invalid_union" && at) {
      const found = nodeAt(source.tree, full);
      return found ? check(source, at, full, plainValue(found)) : [];
    }
    return fromIssue(source, full, issue, at, elsewhere);
  });
}

function fromIssue(
  source: SourceFile,
  path: NodePath,
  issue: z.core.$ZodIssue,
  schema: Schema | undefined,
  elsewhere: readonly string[],
): Problem[] {
  const node = nodeAt(source.tree, path);
  const value = node && plainValue(node);
  const description = schema && z.globalRegistry.get(schema)?.description;
  const missing = (): Problem[] => [problemAt(source, path, "is missing", description && `it says: ${lowerFirst(description)}`)];
  switch (issue.code) {
    case "invalid_type": {
      if (!node) return missing();
      const { message, hint } = wrongType(issue.expected, value);
      return [problemAt(source, path, message, hint)];
    }
    case "unrecognized_keys":
      return issue.keys.map(key => unknownKey(source, [...path, key], key, (schema && knownKeys(schema)) ?? [], elsewhere));
    case "invalid_value":
      if (!node) return missing();
      return [problemAt(source, path, `must be one of ${issue.values.map(String).join(", ")}, but is ${JSON.stringify(value)}`)];
    case "too_small":
      return [problemAt(source, path, "is empty", issue.origin === "array" ? "name at least one" : undefined)];
    case "too_big": {
      const length = typeof value === "string" ? value.length : undefined;
      return [problemAt(source, path, `is longer than ${issue.maximum} characters${length ? ` (it has ${length})` : ""}`)];
    }
    case "invalid_format":
      if (issue.format === "email") return [problemAt(source, path, `${JSON.stringify(value)} is no e-mail address`)];
      return [problemAt(source, path, `${JSON.stringify(value)} cannot be used here`, `it may be ${issue.message}`)];
    case "invalid_key": {
      const key = String(path.at(-1));
      return [problemAt(source, path, `"${key}" cannot be a name`, `it may be ${issue.issues[0]?.message ?? "another"}`, "key")];
    }
    default:
      return [problemAt(source, path, issue.message)];
  }
}

function unknownKey(
  source: SourceFile,
  path: NodePath,
  key: string,
  known: readonly string[],
  elsewhere: readonly string[],
): Problem {
  if (key === "<<")
    return problemAt(
      source,
      path,
      "merge keys (`<<`) are not supported",
      "write the keys out, so that a reviewer sees them",
      "key",
    );
  if (elsewhere.includes(key)) {
    const partner = known.find(name => name === "project" || name === "cluster") ?? known[0];
    const hint = "a grant names either a cluster and databases, or a project and environment";
    return problemAt(source, path, `\`${key}\` has no place beside \`${partner}\``, hint, "key");
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

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
