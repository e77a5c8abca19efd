import * as z from "zod";
import { hostsSchema } from "../roster/account-hosts";
import { DEFAULT_PREFIX, PREFIX_PATTERN } from "../roster/account-name";
import { limitsSchema, passwordPolicySchema } from "../roster/account-options";
import { nameSchema } from "./field-schemas";

const termsSchema = z
  .strictObject({
    limits: limitsSchema.optional(),
    tls: z.enum(["ssl", "x509"]).optional().describe("What a login needs: TLS (ssl) or a certificate (x509)"),
    hosts: hostsSchema.optional(),
  })
  .describe("Limits, TLS requirement and hosts of accounts");

const serviceTermsSchema = termsSchema
  .extend({ password: passwordPolicySchema.optional() })
  .describe(
    "Limits, TLS requirement and hosts of accounts, and the passwords of services that log in by one",
  );

const defaultsSchema = z
  .strictObject({
    person: termsSchema.optional(),
    service: serviceTermsSchema.optional(),
    agent: termsSchema
      .optional()
      .describe("For agents. Replaces their built-in limits one by one; 0 is none"),
    roles: z
      .record(nameSchema, serviceTermsSchema)
      .optional()
      .describe("For accounts with the role, by role"),
    projects: z
      .record(nameSchema, serviceTermsSchema)
      .optional()
      .describe("For accounts with a grant on the project, by project"),
  })
  .describe(
    "What accounts have to keep to whose files do not say it. The strictest counts; hosts must agree",
  );

/** `settings.yaml`: settings for the whole folder. */
export const settingsFileSchema = z
  .strictObject({
    prefix: z
      .string()
      .regex(PREFIX_PATTERN, "one to eight lower-case letters or digits, the first a letter")
      .default(DEFAULT_PREFIX)
      .describe(
        "Marks the managed accounts: `sl` makes `sl_jane.doe`. Accounts without it are never touched",
      ),
    emailDomains: z
      .array(
        z
          .string()
          .regex(/^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/, "a domain such as `example.com`, without `@`")
          .max(255)
          .describe("A domain such as example.com"),
      )
      .default([])
      .describe("The domains that e-mail addresses may have, without sub-domains. Absent or empty: any"),
    defaults: defaultsSchema.optional(),
  })
  .meta({ title: "Settings", description: "Settings for the whole users folder" });

export type Settings = Readonly<z.output<typeof settingsFileSchema>>;
