import * as z from "zod";
import { limitsSchema, tlsSchema } from "../roster/account-options";
import { databasesSchema, emailSchema, nameSchema, reasonSchema, text } from "./field-schemas";

const terms = {
  role: nameSchema.describe("A role of roles.yaml"),
  expires: text(64)
    .optional()
    .describe(
      "When the access ends: a date (the end of that day UTC) or a timestamp with its zone. Absent: never",
    ),
  reason: reasonSchema(
    "The reason, on one line: a ticket or a sentence. The plan and the audit trail show it",
  ).optional(),
};

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
    kind: z.enum(["person", "service"]).default("person").describe("Whether a person or a service logs in"),
    suspended: z
      .boolean()
      .optional()
      .describe(
        "Whether the account is locked. It keeps its grants; nobody can log in to it. Default: false",
      ),
    limits: limitsSchema.optional(),
    tls: tlsSchema.optional(),
    grants: z
      .array(z.union([clusterGrantSchema, projectGrantSchema]))
      .describe("The user's grants. An empty list ([]) for a user without access"),
  })
  .meta({
    title: "A user of the databases",
    description: "One file a person or service, in the users folder",
    if: { properties: { kind: { const: "service" } }, required: ["kind"] },
    else: { required: ["email"] },
  });

export type UserFile = z.input<typeof userFileSchema>;
