import * as z from "zod";
import { COUNTED_PER, MAX_PATTERN_LENGTH, MOST_DAYS } from "../roster/roster-rules";
import { nameSchema, reasonSchema, text } from "./field-schemas";

/** A place, and a role there: `payments:write`. */
const placedRoleSchema = text(512).describe(
  "A place and a role, as `payments:write`. The place is a database, a cluster and a database (`orders/payments`), " +
    "a project, or a project and an environment (`shop/prod`)",
);
const placesSchema = z
  .array(text(512).describe("A database, `cluster/database`, a project or `project/environment`"))
  .min(1)
  .optional()
  .describe("The places where the rule holds. Absent: everywhere");
const roleSchema = nameSchema.describe(
  "A role of roles.yaml. Who holds as much counts, by any role or privileges",
);
const domainSchema = z
  .string()
  .regex(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, "a domain such as `example.com`, without `@`")
  .max(255)
  .describe("A domain such as example.com, without its sub-domains");

const common = {
  why: text(1024).optional().describe("Why there is the rule. Its errors say it"),
  except: z
    .record(text(256), reasonSchema("Why the rule does not hold for the user"))
    .optional()
    .describe("The users that the rule excepts, by user name, each with a reason"),
};
const kind = <K extends string, S extends z.ZodType>(key: K, schema: S) =>
  z
    .strictObject({ [key]: schema, ...common } as Record<K, S> & typeof common)
    .describe("A rule, of one kind");

const mostHoldersSchema = z
  .strictObject({
    role: roleSchema,
    most: z.int().min(0).max(100_000).describe("How many people may hold it"),
    per: z.enum(COUNTED_PER).default("cluster").describe("Where they are counted. Absent: on each cluster"),
    on: placesSchema,
  })
  .describe("How many people may hold a role");

const endWithinSchema = z
  .strictObject({
    role: roleSchema,
    days: z.int().min(1).max(MOST_DAYS).describe("How many days after today the end may be, at most"),
    on: placesSchema,
  })
  .describe("A role whose grants need an end (`expires`) within so many days");

const reasonMatchesSchema = z
  .strictObject({
    pattern: text(MAX_PATTERN_LENGTH).describe(
      "A regular expression that some part of the reason must match, without look-around and back-references",
    ),
    role: roleSchema.optional().describe("A role of roles.yaml. Absent: every grant needs such a reason"),
    on: placesSchema,
  })
  .describe("What the reason (`reason`) of grants must look like");

const emailDomainsSchema = z
  .strictObject({
    role: roleSchema,
    domains: z.array(domainSchema).min(1).max(100).describe("The domains that addresses may have"),
    on: placesSchema,
  })
  .describe("The e-mail addresses that the holders of a role may have");

const readOnlySchema = z
  .strictObject({
    emailDomains: z
      .array(domainSchema)
      .min(1)
      .max(100)
      .optional()
      .describe("Everybody whose e-mail address has one of these domains"),
    users: z
      .array(text(255).describe("A user name, in which `*` is any characters: `ext-*`"))
      .min(1)
      .max(100)
      .optional()
      .describe("Everybody whose user name matches one of these"),
  })
  .describe("Who may only read (contractors), by address or user name");

/** `rules.yaml`: what nobody may hold, no matter who grants it. */
export const rulesFileSchema = z
  .record(
    nameSchema,
    z
      .union([
        kind(
          "neverTogether",
          z.array(placedRoleSchema).min(2).max(20).describe("Roles of which one person holds one at most"),
        ),
        kind("mostHolders", mostHoldersSchema),
        kind("endWithin", endWithinSchema),
        kind("reasonMatches", reasonMatchesSchema),
        kind("emailDomains", emailDomainsSchema),
        kind("readOnly", readOnlySchema),
        kind(
          "noSoleOwner",
          z
            .strictObject({ on: placesSchema.describe("Projects or environments. Absent: all projects") })
            .describe("No owner of a project is the only person with access to one of its environments"),
        ),
      ])
      .describe("A rule, of one kind"),
  )
  .meta({ title: "Rules", description: "What nobody may hold, by the name of the rule" });

export type RulesFile = z.input<typeof rulesFileSchema>;

/** The kinds of rules, by the key that says which. */
export const RULE_KINDS = [
  "neverTogether",
  "mostHolders",
  "endWithin",
  "reasonMatches",
  "emailDomains",
  "readOnly",
  "noSoleOwner",
] as const;
