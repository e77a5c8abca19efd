/** How people name a grant of a file: `read on orders: a, b`, `SELECT on orders: a.customers`. */
export function grantText(grant: Readonly<Record<string, unknown>>): string {
  const names = Array.isArray(grant["databases"]) ? grant["databases"] : namesWithin(grant);
  const on = grant["cluster"] ?? `${grant["project"]}/${grant["environment"]}`;
  const given = [grant["privileges"], grant["global"], grant["nativeRoles"]].flatMap(listOf);
  const role = grant["role"] ?? (given.join(", ") || "EXECUTE");
  return `${role} on ${on}${names.length > 0 ? `: ${names.join(", ")}` : ""}`;
}

/** The pattern, or the tables and routines, that a grant names. */
const namesWithin = (grant: Readonly<Record<string, unknown>>): string[] =>
  typeof grant["pattern"] === "string" ? [grant["pattern"]] : innerNames(grant);

const innerNames = (grant: Readonly<Record<string, unknown>>): string[] =>
  [
    ...listOf(grant["tables"]),
    ...Object.keys(grant["columns"] ?? {}),
    ...listOf(grant["procedures"]),
    ...listOf(grant["functions"]),
  ].map(name => `${grant["database"]}.${name}`);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
