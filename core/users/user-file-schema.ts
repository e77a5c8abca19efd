import { z } from "zod";
import { databasesSchema, emailSchema, nameSchema, text } from "./field-schemas";

const terms = {
  role: nameSchema.describe("A role of roles.yaml: what may be done"),
  expires: text(64)
    .optional()
    .describe(
      "When the access ends by itself: a date (the end of that day UTC) or a timestamp with its zone. Absent: it does not end",
    ),
  reason: text(1024)
    .optional()
    .describe("Why: a ticket, a sentence. It shows in the plan and in the audit trail"),
};

export const clusterGrantSchema = z
  .strictObject({
    cluster: nameSchema.describe("The cluster, as the app declares it"),
    databases: databasesSchema,
    ...terms,
  })
  .describe("A role on databases of a cluster");

export const projectGrantSchema = z
  .strictObject({
    project: nameSchema.describe("A project of projects.yaml"),
    environment: nameSchema.describe(
      "An environment of that project; it says which cluster and databases are meant",
    ),
    ...terms,
  })
  .describe("A role on a project's environment");

/** One file a person or service, as it is written. */
export const userFileSchema = z
  .strictObject({
    name: text(256).describe("The full name of the person, or what the service is"),
    email: emailSchema.optional().describe("The e-mail address. A person needs one; a service may have one"),
    username: text(256)
      .optional()
      .describe(
        "The user name in the identity provider. Default: the file's name without .yaml. The account is prefix, `_` and this",
      ),
    account: text(64)
      .optional()
      .describe(
        "What follows the prefix in the MySQL account, where that is not the user name: too long, say, or an e-mail address",
      ),
    kind: z.enum(["person", "service"]).default("person").describe("Who logs in: a person or a service"),
    grants: z
      .array(z.union([clusterGrantSchema, projectGrantSchema]))
      .describe("What may be reached. An empty list ([]) for somebody who may reach nothing at present"),
  })
  .meta({
    title: "A user of the databases",
    description: "One file a person or service, in the users folder",
    if: { properties: { kind: { const: "service" } }, required: ["kind"] },
    else: { required: ["email"] },
  });

export type UserFile = z.input<typeof userFileSchema>;
