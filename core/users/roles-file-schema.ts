import * as z from "zod";
import { nameSchema, privilegesSchema, text } from "./field-schemas";

/** `roles.yaml`: named sets of privileges. */
export const rolesFileSchema = z
  .record(
    nameSchema,
    z
      .strictObject({
        description: text(1024).optional().describe("What the role is for"),
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
