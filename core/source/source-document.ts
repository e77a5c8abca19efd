import * as z from "zod";
import type { ParameterSource } from "../contract/registry-entry";
import { defined, sortedRecord } from "../json";
import { accountName, isSystemAccount } from "../roster/account-name";
import { type DatabaseGrant, type Roster, type RosterAccount, rosterSchema } from "../roster/roster";
import { parseExpiry } from "../users";
import { accountFault } from "../users/check-account";
import { textFault } from "../users/check-text";
import { reasonSchema } from "../users/field-schemas";
import { readJson } from "./read-json";

/** The largest document that is read, in bytes of UTF-8. */
export const MAX_DOCUMENT_BYTES = 1_048_576;
const MAX_DOCUMENT_USERS = 5_000;
/**
 * The most grants (users times databases). A user without `databases` gets all databases of the source, so
 * without this limit a short document could fill the function's memory.
 */
export const MAX_DOCUMENT_GRANTS = 50_000;
/** At most this many problems are reported. */
const MAX_PROBLEMS = 50;

const text = (max: number) => z.string().min(1).max(max);

const userSchema = z
  .strictObject({
    name: text(256).describe("The name in the identity provider; the account is prefix, `_` and this"),
    role: text(64).describe("A role that the cluster's stack defines for this source"),
    databases: z
      .array(text(64))
      .min(1)
      .max(500)
      .optional()
      .describe("Databases of the source. Absent: all of them"),
    expires: text(64)
      .optional()
      .describe(
        "When the access ends by itself: a date (the end of that day UTC) or a timestamp with its zone",
      ),
    reason: reasonSchema("Why, on one line").optional(),
    email: z.email("is not an e-mail address").max(320).optional(),
    displayName: text(256).optional().describe("The full name"),
    kind: z.enum(["person", "service"]).default("person"),
    account: text(64)
      .optional()
      .describe("What follows the prefix in the MySQL account, if it is not `name`"),
  })
  .readonly();

/** The document in a parameter. */
export const sourceDocumentSchema = z
  .strictObject({
    version: z.literal(1).optional(),
    users: z.array(userSchema).max(MAX_DOCUMENT_USERS).readonly(),
    confirmRemovals: z
      .union([text(64), z.array(text(64)).min(1).max(20).readonly()])
      .optional()
      .describe("The token from the message that refused the removals; a list for several clusters"),
  })
  .readonly();

type SourceUser = z.output<typeof userSchema>;

/** The source that a document belongs to. */
export interface SourceContext {
  readonly source: Pick<ParameterSource, "name" | "databases" | "roles">;
  readonly prefix: string;
}

export type SourceDocument =
  | { readonly roster: Roster; readonly confirmRemovals?: string | readonly string[] }
  | { readonly problems: readonly string[] };

/** The roster of a document, or everything that is wrong with it, each problem with its place. */
export function parseSourceDocument(written: string, context: SourceContext): SourceDocument {
  const bytes = Buffer.byteLength(written);
  if (bytes > MAX_DOCUMENT_BYTES)
    return { problems: [`the document has ${bytes} bytes; ${MAX_DOCUMENT_BYTES} are read at most`] };
  const read = readJson(written);
  if ("problem" in read) return { problems: [read.problem] };
  const parsed = sourceDocumentSchema.safeParse(normalized(read.value));
  if (!parsed.success) return { problems: parsed.error.issues.slice(0, MAX_PROBLEMS).flatMap(describeIssue) };
  const { confirmRemovals, users } = parsed.data;
  const counts = users.map(({ databases }) => (databases ?? context.source.databases).length);
  const grants = counts.reduce((sum, count) => sum + count, 0);
  if (grants > MAX_DOCUMENT_GRANTS) {
    const most = `${MAX_DOCUMENT_GRANTS} are accepted at most`;
    return { problems: [`the document comes to ${grants} grants (users times databases); ${most}`] };
  }
  const gathered = gatherAccounts(users, context);
  if (gathered.problems.length > 0) return { problems: gathered.problems.slice(0, MAX_PROBLEMS) };
  const used = new Set(users.map(({ role }) => role));
  const roles = Object.entries(context.source.roles).filter(([role]) => used.has(role));
  // What the functions check elsewhere also applies to this roster.
  const roster = rosterSchema.safeParse({
    roles: sortedRecord(roles),
    accounts: sortedRecord(gathered.accounts),
  });
  if (!roster.success) return { problems: roster.error.issues.slice(0, MAX_PROBLEMS).flatMap(describeIssue) };
  return { roster: roster.data, ...defined({ confirmRemovals }) };
}

/**
 * Brings all text to Unicode's composed form, as in `users/`, so that what is checked is what becomes an
 * account.
 */
function normalized(value: unknown): unknown {
  if (typeof value === "string") return value.normalize("NFC");
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normalized(member)]));
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const at = (key?: PropertyKey) => pathText(key === undefined ? issue.path : [...issue.path, key]);
  if (issue.code === "unrecognized_keys")
    return issue.keys.slice(0, MAX_PROBLEMS).map(key => `${at(key)}: unknown key`);
  return [`${at()}: ${issue.message}`];
}

/** `users[2].databases[0]` */
function pathText(path: readonly PropertyKey[]): string {
  const steps = path.map(step => {
    if (typeof step === "number") return `[${step}]`;
    const key = String(step);
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key.slice(0, 64))}]`;
  });
  return steps.join("").replace(/^\./, "") || "(all)";
}

/** Reports a problem of one entry. @param path within the entry: `.role`; empty for the entry as a whole */
type Report = (path: string, message: string) => void;

interface GatheredAccounts {
  readonly accounts: ReadonlyMap<string, RosterAccount>;
  readonly problems: readonly string[];
}

/** The accounts of all entries. Several entries may name one account, each for other databases. */
function gatherAccounts(users: readonly SourceUser[], context: SourceContext): GatheredAccounts {
  const problems: string[] = [];
  const accounts = new Map<string, GatheredAccount>();
  const accountOf = new Map<string, string>();
  for (const [index, user] of users.entries()) {
    const report: Report = (path, message) => void problems.push(`users[${index}]${path}: ${message}`);
    const grants = grantsOf(user, context, report);
    const name = nameOf(user, context.prefix, report);
    if (name === undefined) continue;
    const other = accountOf.get(user.name);
    if (other !== undefined && other !== name)
      report(".account", `another entry gives ${JSON.stringify(user.name)} the account \`${other}\``);
    accountOf.set(user.name, name);
    accounts.set(name, addEntry(name, accounts.get(name), { user, grants, report }));
  }
  const sorted = [...accounts].map(([name, account]): [string, RosterAccount] => {
    return [name, { ...account, databases: sortedRecord(account.databases) }];
  });
  return { accounts: new Map(sorted), problems };
}

/** An account while its entries are gathered. */
type GatheredAccount = Omit<RosterAccount, "databases"> & { readonly databases: Map<string, DatabaseGrant> };

interface Entry {
  readonly user: SourceUser;
  readonly grants: readonly (readonly [database: string, grant: DatabaseGrant])[];
  readonly report: Report;
}

/** Adds an entry to what earlier entries say about the account. */
function addEntry(
  name: string,
  earlier: GatheredAccount | undefined,
  { user, grants, report }: Entry,
): GatheredAccount {
  const { email, kind, displayName } = user;
  const said = { kind, user: user.name, ...defined({ name: displayName, email }) };
  for (const key of ["user", "kind", "name", "email"] as const) {
    const [before, now] = [earlier?.[key], said[key]];
    if (before !== undefined && now !== undefined && before !== now) {
      const values = `says ${JSON.stringify(before)}, this one ${JSON.stringify(now)}`;
      report("", `another entry of the account \`${name}\` ${values}`);
    }
  }
  const databases = earlier?.databases ?? new Map<string, DatabaseGrant>();
  for (const [database, grant] of grants) {
    if (databases.has(database))
      report("", `\`${name}\` is here twice for the database ${JSON.stringify(database)}`);
    databases.set(database, grant);
  }
  return { ...said, ...earlier, databases };
}

/** The account of an entry; undefined if it cannot be one. */
function nameOf(user: SourceUser, prefix: string, report: Report): string | undefined {
  for (const field of ["name", "account", "displayName", "email", "reason", "role"] as const) {
    const fault = textFault(user[field] ?? "");
    if (fault) report(`.${field}`, fault.message);
  }
  const part = user.account ?? user.name;
  const account = accountName(prefix, part);
  const fault = accountFault(part, prefix);
  if (fault) {
    const hint = fault.hint.replace("`account:`", "`account`");
    report(user.account === undefined ? ".name" : ".account", `${fault.message}; ${hint}`);
  } else if (isSystemAccount(account))
    report(".name", `\`${account}\` is an account of the server or of AWS, which is never touched`);
  else return account;
  return undefined;
}

function grantsOf(user: SourceUser, { source }: SourceContext, report: Report): [string, DatabaseGrant][] {
  if (!Object.hasOwn(source.roles, user.role)) {
    const roles = Object.keys(source.roles).join(", ") || "none";
    report(".role", `unknown role ${JSON.stringify(user.role)}; there are: ${roles}`);
  }
  const expiry = user.expires === undefined ? undefined : parseExpiry(user.expires);
  if (expiry && !("expires" in expiry)) report(".expires", `${expiry.message}; ${expiry.hint}`);
  const grant: DatabaseGrant = {
    role: user.role,
    ...defined({ expires: expiry && "expires" in expiry ? expiry.expires : undefined, reason: user.reason }),
    project: source.name,
  };
  const databases = user.databases ?? source.databases;
  for (const [at, database] of databases.entries()) {
    const name = JSON.stringify(database);
    if (!source.databases.includes(database)) {
      const known = source.databases.join(", ");
      report(`.databases[${at}]`, `${name} is not among the databases of this source: ${known}`);
    }
    if (databases.indexOf(database) < at) report(`.databases[${at}]`, `${name} is here twice`);
  }
  return [...new Set(databases)].map(database => [database, grant]);
}
