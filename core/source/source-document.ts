import { z } from "zod";
import type { ParameterSource } from "../contract/registry-entry";
import { byCodeUnit } from "../json";
import { accountName, isSystemAccount } from "../roster/account-name";
import { type DatabaseGrant, type Roster, type RosterAccount, rosterSchema } from "../roster/roster";
import { accountFault, parseExpiry } from "../users";
import { textFault } from "../users/check-text";
import { readJson } from "./read-json";
import { utf8Length } from "./utf8";

/** The largest document that is read, in bytes of UTF-8. */
export const MAX_DOCUMENT_BYTES = 1_048_576;
export const MAX_DOCUMENT_USERS = 5_000;
/** Users who name no database get all of the source's: without a bound a short document would fill the function's memory. */
export const MAX_DOCUMENT_GRANTS = 50_000;
/** So many problems are told; whoever has more mends these first. */
const PROBLEMS_TOLD = 50;

const text = (max: number) => z.string().min(1).max(max);

const userSchema = z
  .strictObject({
    name: text(256).describe("The name in the identity provider; the account is prefix, `_` and this"),
    role: text(64).describe("A role, as the cluster's stack explains it"),
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
    reason: text(1024).optional().describe("Why"),
    email: z.email("is not an e-mail address").max(320).optional(),
    displayName: text(256).optional().describe("The full name"),
    kind: z.enum(["person", "service"]).default("person"),
    account: text(64)
      .optional()
      .describe("What follows the prefix in the MySQL account, where that is not `name`"),
  })
  .readonly();

/** What a parameter holds, as it is written. */
export const sourceDocumentSchema = z
  .strictObject({
    version: z.literal(1).optional(),
    users: z.array(userSchema).max(MAX_DOCUMENT_USERS).readonly(),
    confirmRemovals: text(64).optional().describe("The token of the message that refused the removals"),
  })
  .readonly();

type SourceUser = z.output<typeof userSchema>;

/** Where a document stands. */
export interface SourceContext {
  readonly source: Pick<ParameterSource, "name" | "databases" | "roles">;
  readonly prefix: string;
}

export type SourceDocument =
  | { readonly roster: Roster; readonly confirmRemovals?: string }
  | { readonly problems: readonly string[] };

/** The roster that a document asks for, or everything that is wrong with it, each with its place. */
export function parseSourceDocument(written: string, context: SourceContext): SourceDocument {
  const bytes = utf8Length(written);
  if (bytes > MAX_DOCUMENT_BYTES)
    return { problems: [`the document has ${bytes} bytes; ${MAX_DOCUMENT_BYTES} are read at most`] };
  const read = readJson(written);
  if ("problem" in read) return { problems: [read.problem] };
  const parsed = sourceDocumentSchema.safeParse(normalized(read.value));
  if (!parsed.success)
    return { problems: parsed.error.issues.slice(0, PROBLEMS_TOLD).flatMap(describeIssue) };
  const { confirmRemovals, users } = parsed.data;
  const grants = users.reduce(
    (sum, { databases }) => sum + (databases ?? context.source.databases).length,
    0,
  );
  if (grants > MAX_DOCUMENT_GRANTS)
    return {
      problems: [
        `the document comes to ${grants} grants (users times databases); ${MAX_DOCUMENT_GRANTS} are taken at most`,
      ],
    };
  return rosterOf(users, confirmRemovals, context);
}

/** All text in Unicode's composed form, as in `users/`: what is checked is what becomes an account. */
function normalized(value: unknown): unknown {
  if (typeof value === "string") return value.normalize("NFC");
  if (Array.isArray(value)) return value.map(normalized);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, normalized(member)]));
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const at = (key?: PropertyKey) => pathText(key === undefined ? issue.path : [...issue.path, key]);
  if (issue.code === "unrecognized_keys")
    return issue.keys.slice(0, PROBLEMS_TOLD).map(key => `${at(key)}: unknown key`);
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

interface Gathered {
  readonly account: RosterAccount;
  readonly databases: Map<string, DatabaseGrant>;
}

function rosterOf(
  users: readonly SourceUser[],
  confirmRemovals: string | undefined,
  context: SourceContext,
): SourceDocument {
  const problems: string[] = [];
  const accounts = new Map<string, Gathered>();
  const accountOf = new Map<string, string>();
  for (const [index, user] of users.entries()) {
    const add = (path: string, message: string) => void problems.push(`users[${index}]${path}: ${message}`);
    const grants = grantsOf(user, context, add);
    const name = nameOf(user, context.prefix, add);
    if (name === undefined) continue;
    const { email, kind, displayName } = user;
    const account: RosterAccount = {
      ...{ kind, user: user.name, databases: {} },
      ...(displayName === undefined ? {} : { name: displayName }),
      ...(email === undefined ? {} : { email }),
    };
    const earlier = accounts.get(name);
    const otherAccount = accountOf.get(user.name);
    if (otherAccount !== undefined && otherAccount !== name)
      add(".account", `another entry gives ${JSON.stringify(user.name)} the account \`${otherAccount}\``);
    accountOf.set(user.name, name);
    for (const key of ["user", "kind", "name", "email"] as const)
      if (
        earlier?.account[key] !== undefined &&
        account[key] !== undefined &&
        earlier.account[key] !== account[key]
      )
        add(
          "",
          `another entry of the account \`${name}\` says ${JSON.stringify(earlier.account[key])}, this one ${JSON.stringify(account[key])}`,
        );
    const gathered = {
      account: { ...account, ...earlier?.account },
      databases: earlier?.databases ?? new Map(),
    };
    for (const [database, grant] of grants) {
      if (gathered.databases.has(database))
        add("", `\`${name}\` is here twice for the database ${JSON.stringify(database)}`);
      gathered.databases.set(database, grant);
    }
    accounts.set(name, gathered);
  }
  if (problems.length > 0) return { problems: problems.slice(0, PROBLEMS_TOLD) };

  const gathered = [...accounts].map(
    ([name, { account, databases }]) => [name, { ...account, databases: ordered(databases) }] as const,
  );
  const used = new Set(
    gathered.flatMap(([, { databases }]) => Object.values(databases).map(({ role }) => role)),
  );
  const roles = Object.entries(context.source.roles).filter(([role]) => used.has(role));
  // What the functions read elsewhere holds for this roster too.
  const roster = rosterSchema.safeParse({ roles: ordered(roles), accounts: ordered(gathered) });
  if (!roster.success)
    return { problems: roster.error.issues.slice(0, PROBLEMS_TOLD).flatMap(describeIssue) };
  return { roster: roster.data, ...(confirmRemovals === undefined ? {} : { confirmRemovals }) };
}

type Add = (path: string, message: string) => void;

/** The account of an entry; undefined where it cannot be one. */
function nameOf(user: SourceUser, prefix: string, add: Add): string | undefined {
  const fields = ["name", "account", "displayName", "email", "reason", "role"] as const;
  for (const field of fields) {
    const fault = textFault(user[field] ?? "");
    if (fault) add(`.${field}`, fault.message);
  }
  const part = user.account ?? user.name;
  const account = accountName(prefix, part);
  const fault = accountFault(part, prefix);
  if (fault)
    add(
      user.account === undefined ? ".name" : ".account",
      `${fault.message}; ${fault.hint.replace("`account:`", "`account`")}`,
    );
  else if (isSystemAccount(account))
    add(".name", `\`${account}\` is an account of the server or of AWS, which is never touched`);
  else return account;
  return undefined;
}

function grantsOf(user: SourceUser, { source }: SourceContext, add: Add): [string, DatabaseGrant][] {
  if (!Object.hasOwn(source.roles, user.role))
    add(
      ".role",
      `unknown role ${JSON.stringify(user.role)}; there are: ${Object.keys(source.roles).join(", ") || "none"}`,
    );
  const expiry = user.expires === undefined ? undefined : parseExpiry(user.expires);
  if (expiry && !("expires" in expiry)) add(".expires", `${expiry.message}; ${expiry.hint}`);
  const grant: DatabaseGrant = {
    role: user.role,
    ...(expiry && "expires" in expiry ? { expires: expiry.expires } : {}),
    ...(user.reason === undefined ? {} : { reason: user.reason }),
    project: source.name,
  };
  const databases = user.databases ?? source.databases;
  for (const [at, database] of databases.entries()) {
    if (!source.databases.includes(database))
      add(
        `.databases[${at}]`,
        `${JSON.stringify(database)} is not among the databases of this source: ${source.databases.join(", ")}`,
      );
    if (databases.indexOf(database) < at)
      add(`.databases[${at}]`, `${JSON.stringify(database)} stands here twice`);
  }
  return [...new Set(databases)].map(database => [database, grant]);
}

const ordered = <T>(entries: Iterable<readonly [string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => byCodeUnit(a, b)));
