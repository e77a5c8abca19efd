import { z } from "zod";
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
              "What the role gives here, instead of what roles.yaml says",
            ),
          })
          .describe("What a role means in this environment"),
      )
      .optional()
      .describe("Roles that mean something else here, by name. Roles that inherit them are not changed"),
  })
  .describe("Where an environment of the project lives");

/** `projects.yaml`: what a grant by project and environment stands for. */
export const projectsFileSchema = z
  .record(
    nameSchema,
    z
      .strictObject({
        owner: z
          .strictObject({
            name: text(256).describe("The full name of who answers for the project"),
            email: emailSchema.describe("The owner's e-mail address"),
          })
          .describe("Who answers for the project"),
        environments: z
          .record(nameSchema, environmentSchema)
          .describe("The project's environments, by name (`prod`, `staging`)"),
      })
      .describe("A project"),
  )
  .meta({ title: "Projects", description: "Projects and where their environments live, by name" });

export type ProjectsFile = z.input<typeof projectsFileSchema>;
