import * as z from "zod";
import { userFileSchema } from "../../core/users/user-file-schema";
import { hostileStrings, IS_WHOLE } from "./hostile-strings";
import { type JsonSchema, type Place, placesOf, placesOnce, sampleAt, valueWith } from "./schema-places";

const SCHEMA = z.toJSONSchema(userFileSchema, { io: "input", target: "draft-7" }) as JsonSchema;

/** Values that the schema does not say: what the other files of the folder have. */
const KNOWN = {
  cluster: "orders",
  project: "shop",
  environment: "production",
  databases: ["orders"],
  database: "orders",
  pattern: "orders_%",
  role: "read",
  privileges: ["SELECT"],
  global: ["PROCESS"],
  tables: ["t"],
  kind: "service",
  owner: "ann",
  expires: "2027-04-01",
  hosts: ["127.%"],
};

/** The other files. */
export const OTHER_FILES = {
  "projects.yaml":
    "shop: {owner: {name: Ann, email: ann@example.com}, environments: {production: {cluster: orders, databases: [orders]}}}\n",
  "ann.yaml": "name: Ann\nemail: ann@example.com\ngrants: []\n",
};

/** Every place of a user's file. Those of a grant are tried in one of its forms, and by hand in each. */
export const USER_PLACES: readonly Place[] = IS_WHOLE ? placesOf(SCHEMA) : placesOnce(placesOf(SCHEMA));

/** What else a file has that has the field. */
const TERMS: Readonly<Record<string, object>> = {
  owner: { kind: "agent" },
  writes: { kind: "agent", owner: "ann" },
  password: { login: "password" },
  formerly: { kind: "person", email: "x@example.com" },
};

/** A user's file with the text in one place, and else valid. */
export function userFile(place: Place, text: unknown): string {
  const [field] = place;
  const file = valueWith(SCHEMA, place, text, KNOWN) as Record<string, unknown>;
  const grants = (file["grants"] as object[]).map(grant => completed(grant as Record<string, unknown>));
  const terms = { name: "X", kind: "service", ...TERMS[field!] };
  const whole = { ...terms, ...file, grants: field === "grants" ? grants : [] };
  const lines = Object.entries(whole).map(([key, value]) => `${yaml(key)}: ${yaml(value)}\n`);
  return lines.join("");
}

/** A file with a valid value in the place. */
export const validFile = (place: Place): string => userFile(place, sampleAt(SCHEMA, place, KNOWN));

/** What a grant needs and no schema says: a grant on what is in a database names it, and what it gives. */
function completed(grant: Record<string, unknown>): Record<string, unknown> {
  const has = (...names: string[]) => names.some(name => Object.hasOwn(grant, name));
  if (has("databases", "pattern") || (!has("cluster") && !has("database", "global", "nativeRoles")))
    return grant;
  if (!has("database"))
    return has("global", "nativeRoles", "role") ? grant : { ...grant, global: ["PROCESS"] };
  const on = has("tables", "columns", "procedures", "functions") ? {} : { tables: ["t"] };
  const gives = has("role", "privileges", "procedures", "functions") ? {} : { privileges: ["SELECT"] };
  return { ...grant, ...on, ...gives };
}

/** JSON is YAML, but for the names that its text must have as escapes. */
export const yaml = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    found => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** The files of the users `u0001`, `u0002`, ..., each with another hostile text in the place. */
export const hostileFiles = (
  place: Place,
  texts = hostileStrings(),
): ReadonlyMap<string, { readonly text: string; readonly file: string }> =>
  new Map(
    texts.map((text, index) => [
      `u${String(index).padStart(4, "0")}.yaml`,
      { text, file: userFile(place, text) },
    ]),
  );
