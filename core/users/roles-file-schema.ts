import * as z from "zod";
import { emailSchema, nameSchema, privilegesSchema, text } from "./field-schemas";

/** `roles.yaml`: named sets of privileges. */
export const rolesFileSchema = z
  .record(
    nameSchema,
    z
      .strictObject({
        description: text(1024).optional().describe("What the role is for"),
        owner: z
          .strictObject({
            name: text(256).optional().describe("The full name of the owner"),
            email: emailSchema.describe("The owner's e-mail address"),
          })
          .optional()
          .describe("Who has to agree when somebody gets the role (`aurora-users approvals`)"),
        privileges: privilegesSchema
          .optional()
          .describe("The role's privileges, in addition to those that it inherits"),
        inherits: z
          .array(nameSchema.describe("Another role of this file"))
          .min(1)
          .optional()
          .describe("Roles of this file whose privileges this role has too"),
      })
      .describe("A role: a named set of privileges"),
  )
  .meta({ title: "Roles", description: "Named sets of privileges, by name" });

export type RolesFile = z.input<typeof rolesFileSchema>;
