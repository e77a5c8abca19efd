import * as z from "zod";
import { emailSchema, nameSchema, text } from "../field-schemas";
import { grantsSchema } from "../user-file-schema";

/** `teams.yaml`: who is in which team, and what each member of a team is granted. */
export const teamsFileSchema = z
  .record(
    nameSchema,
    z
      .strictObject({
        owner: z
          .strictObject({
            name: text(256).describe("The full name of the owner"),
            email: emailSchema.describe("The owner's e-mail address"),
          })
          .describe("The owner, who answers for the team"),
        group: text(1024)
          .optional()
          .describe(
            "The display name of a group of IAM Identity Center. `aurora-users teams sync` writes its users into `members`",
          ),
        members: z
          .array(text(256).describe("The user name of a person who has a file in this folder"))
          .describe("The members. An empty list ([]) for a team without members"),
        grants: grantsSchema.describe("What each member is granted, in addition to the grants of their own"),
      })
      .describe("A team"),
  )
  .meta({ title: "Teams", description: "Teams, their members and their grants, by name" });

export type TeamsFile = z.input<typeof teamsFileSchema>;
