import * as z from "zod";
import { hostsSchema } from "../roster/account-hosts";
import { limitsSchema, loginSchema, passwordPolicySchema, tlsSchema } from "../roster/account-options";
import { MAX_OBJECT_LENGTH } from "../roster/granted-object";
import { MAX_ACCOUNT_LENGTH, MAX_DATABASE_LENGTH } from "../roster/roster";
import {
  databaseSchema,
  databasesSchema,
  emailSchema,
  nameSchema,
  objectNamesSchema,
  reasonSchema,
  text,
} from "./field-schemas";

const limits = {
  expires: text(64)
    .optional()
    .describe(
      "When the access ends: a date (the end of that day UTC) or a timestamp with its zone. Absent: never",
    ),
  reason: reasonSchema(
    "The reason, on one line: a ticket or a sentence. The plan and the audit trail show it",
  ).optional(),
};
const grantOption = z
  .boolean()
  .optional()
  .describe(
    "Whether the account may hand on what the grant gives (GRANT OPTION). The ceiling must allow it. Default: false",
  );
const terms = { role: nameSchema.describe("A role of roles.yaml"), grantOption, ...limits };

const objects = {
  tables: objectNamesSchema("table or view")
    .optional()
    .describe("Tables and views of the database that the privileges are granted on"),
  columns: z
    .record(
      text(MAX_OBJECT_LENGTH),
      objectNamesSchema("column").describe("The columns of this table or view"),
    )
    .optional()
    .describe("By table or view: the columns that the privileges are granted on"),
  procedures: objectNamesSchema("procedure")
    .optional()
    .describe("Procedures of the database that may be called"),
  functions: objectNamesSchema("function")
    .optional()
    .describe("Functions of the database that may be called"),
  role: nameSchema
    .optional()
    .describe("A role of roles.yaml. MySQL must have each of its privileges on what is named here"),
  privileges: z
    .array(text(64).describe("A privilege that MySQL grants on what is named here (`SELECT`), in any case"))
    .min(1)
    .optional()
    .describe(
      "The privileges, instead of a role. For procedures and functions alone, the default is EXECUTE",
    ),
  grantOption,
  ...limits,
};

const server = {
  global: z
    .array(text(64).describe("A privilege that applies to the whole server (`PROCESS`), in any case"))
    .min(1)
    .optional()
    .describe("Privileges on the whole server. The cluster's ceiling must name each"),
  nativeRoles: z
    .array(
      text(MAX_ACCOUNT_LENGTH).describe("The name of a role of MySQL (`AWS_LAMBDA_ACCESS`), without a host"),
    )
    .min(1)
    .optional()
    .describe(
      "Roles of MySQL that exist on the cluster: granted, and active after each login. The ceiling must name each",
    ),
  ...limits,
};

const serverGrantSchema = z
  .strictObject({ cluster: nameSchema.describe("The cluster, as the app declares it"), ...server })
  .describe("Privileges on the whole server, and native roles");

const projectServerGrantSchema = z
  .strictObject({
    project: nameSchema.describe("A project of projects.yaml"),
    environment: nameSchema.describe("An environment of that project, which has the cluster"),
    ...server,
  })
  .describe("Privileges on the whole server, and native roles, on the cluster of a project's environment");

const patternGrantSchema = z
  .strictObject({
    cluster: nameSchema.describe("The cluster, as the app declares it"),
    pattern: text(2 * MAX_DATABASE_LENGTH).describe(
      "A pattern of database names: `%` is any characters, `_` one, and `\\_` for `_` itself",
    ),
    ...terms,
  })
  .describe("A role on all databases of a cluster that match a pattern");

const clusterGrantSchema = z
  .strictObject({
    cluster: nameSchema.describe("The cluster, as the app declares it"),
    databases: databasesSchema,
    ...terms,
  })
  .describe("A role on databases of a cluster");

const projectGrantSchema = z
  .strictObject({
    project: nameSchema.describe("A project of projects.yaml"),
    environment: nameSchema.describe("An environment of that project, which has the cluster and databases"),
    ...terms,
  })
  .describe("A role on a project's environment");

const objectGrantSchema = z
  .strictObject({
    cluster: nameSchema.describe("The cluster, as the app declares it"),
    database: databaseSchema,
    ...objects,
  })
  .describe("Privileges on tables, columns and routines of a database");

const projectObjectGrantSchema = z
  .strictObject({
    project: nameSchema.describe("A project of projects.yaml"),
    environment: nameSchema.describe("An environment of that project, which has the cluster and database"),
    database: databaseSchema,
    ...objects,
  })
  .describe("Privileges on tables, columns and routines in a project's environment");

/** The keys that tell a grant of the whole server. */
export const SERVER_KEYS: readonly string[] = ["global", "nativeRoles"];

/** The keys that tell a grant on what is in a database. */
export const OBJECT_KEYS: readonly string[] = ["tables", "columns", "procedures", "functions", "privileges"];

/** The grants of a user or of a team. */
export const grantsSchema = z.array(
  z.union([
    clusterGrantSchema,
    projectGrantSchema,
    objectGrantSchema,
    projectObjectGrantSchema,
    patternGrantSchema,
    serverGrantSchema,
    projectServerGrantSchema,
  ]),
);

/** The file of one person or service. */
export const userFileSchema = z
  .strictObject({
    name: text(256).describe("The full name of the person, or a description of the service"),
    email: emailSchema.optional().describe("The e-mail address. A person needs one; a service may have one"),
    username: text(256)
      .optional()
      .describe("The user name in the identity provider. Default: the file's name without .yaml"),
    account: text(64)
      .optional()
      .describe("What follows prefix and `_` in the MySQL account. Default: the user name"),
    formerly: text(64)
      .optional()
      .describe(
        "What followed prefix and `_` in the account before. The account is renamed and keeps its grants",
      ),
    kind: z
      .enum(["person", "service", "agent"])
      .default("person")
      .describe("Who logs in: a person, a service, or an automated agent"),
    owner: text(256)
      .optional()
      .describe(
        "The person who answers for the agent, by user name. An agent needs one; nobody else has one",
      ),
    writes: z
      .boolean()
      .optional()
      .describe("Whether the agent may be given more than SELECT and SHOW VIEW. Default: false"),
    suspended: z
      .boolean()
      .optional()
      .describe(
        "Whether the account is locked. It keeps its grants; nobody can log in to it. Default: false",
      ),
    login: loginSchema.optional(),
    password: passwordPolicySchema.optional(),
    limits: limitsSchema.optional(),
    tls: tlsSchema.optional(),
    hosts: hostsSchema.optional(),
    grants: grantsSchema.describe("The user's grants. An empty list ([]) for a user without access"),
  })
  .meta({
    title: "A user of the databases",
    description: "One file a person, service or agent, in the users folder",
    if: { properties: { kind: { enum: ["service", "agent"] } }, required: ["kind"] },
    else: { required: ["email"] },
    allOf: [
      {
        if: { properties: { kind: { const: "agent" } }, required: ["kind"] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
        then: {
          required: ["owner"],
          properties: {
            grants: { items: { required: ["expires"] } },
            login: { enum: ["iam"] },
          },
        },
        else: { properties: { owner: false, writes: false } },
      },
      {
        if: { properties: { login: { const: "password" } }, required: ["login"] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
        then: { properties: { kind: { const: "service" } }, required: ["kind"] },
      },
      {
        if: { required: ["password"] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
        then: { properties: { login: { const: "password" } }, required: ["login"] },
      },
    ],
  });

export type UserFile = z.input<typeof userFileSchema>;
