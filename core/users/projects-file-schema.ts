import * as z from "zod";
import { databasesSchema, emailSchema, nameSchema, privilegesSchema, text } from "./field-schemas";

const environmentSchema = z
  .strictObject({
    cluster: nameSchema.describe("The cluster, as the app declares it"),
    databases: databasesSchema,
    roles: z
      .record(
        nameSchema,
        z
          .strictObject({
            privileges: privilegesSchema.describe(
              "The role's privileges here, in place of those in roles.yaml",
            ),
          })
          .describe("A role's privileges in this environment"),
      )
      .optional()
      .describe("Roles with other privileges here, by name. Roles that inherit them do not change"),
  })
  .describe("The cluster and databases of an environment of the project");

/** `projects.yaml`: the clusters and databases that a grant by project and environment means. */
export const projectsFileSchema = z
  .record(
    nameSchema,
    z
      .strictObject({
        owner: z
          .strictObject({
            name: text(256).describe("The full name of the owner"),
            email: emailSchema.describe("The owner's e-mail address"),
          })
          .describe("The owner, who answers for the project"),
        environments: z
          .record(nameSchema, environmentSchema)
          .describe("The project's environments, by name (`prod`, `staging`)"),
      })
      .describe("A project"),
  )
  .meta({ title: "Projects", description: "Projects and their environments, by name" });

export type ProjectsFile = z.input<typeof projectsFileSchema>;
