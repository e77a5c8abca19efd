import * as z from "zod";
import { rosterHostsSchema } from "./account-hosts";

/** The most that MySQL keeps of a limit. It keeps the next number as 0, which is no limit (measured). */
export const MAX_LIMIT = 4_294_967_295;

const RANGE = `must be a whole number from 0 to ${MAX_LIMIT}`;
const limit = (what: string) =>
  z.int().min(0, RANGE).max(MAX_LIMIT, RANGE).optional().describe(`The most ${what}. Absent or 0: no limit`);

/** The limits of an account. */
export const limitsSchema = z
  .strictObject({
    connections: limit("connections at a time"),
    queriesPerHour: limit("statements an hour"),
    updatesPerHour: limit("statements an hour that change something"),
    connectionsPerHour: limit("connections an hour"),
  })
  .describe("What the account may use of the server");

const certificateName = (of: string) =>
  z
    .string()
    .max(1024)
    .regex(/^\/[\x20-\x7e]+$/, "`/` and then ASCII, as MySQL writes such a name: `/C=DE/O=Example/CN=shop`")
    .optional()
    .describe(`The ${of} of the client's certificate`);

/** What a login needs of TLS. */
export const tlsSchema = z
  .union([
    z.enum(["ssl", "x509"]).describe("TLS alone (ssl), or also a certificate that the server trusts (x509)"),
    z
      .strictObject({ subject: certificateName("subject"), issuer: certificateName("issuer") })
      .refine(({ issuer, subject }) => issuer !== undefined || subject !== undefined, {
        message: "names neither `subject` nor `issuer`",
      })
      .meta({ minProperties: 1, description: "A certificate of this subject or issuer" }),
  ])
  .describe(
    "What a login needs: TLS (ssl), a certificate (x509), or a certificate of this subject or issuer",
  );

export type Limits = Readonly<z.output<typeof limitsSchema>>;
export type LimitName = keyof Limits;
/** All limits of an account; 0 is none. */
export type AllLimits = Readonly<Record<LimitName, number>>;
export type TlsRequirement = Readonly<z.output<typeof tlsSchema>>;

/** Logins that are not by IAM token, as rosters have them. */
export const OTHER_LOGINS = ["password", "existing"] as const;
export type OtherLogin = (typeof OTHER_LOGINS)[number];

/**
 * How an account logs in: by IAM token, by a password that is generated and kept in Secrets Manager, or as it
 * does on the server already.
 */
export const loginSchema = z
  .enum(["iam", ...OTHER_LOGINS])
  .describe(
    "How the account logs in: by IAM token (iam), a service by a generated password (password), or as it does on the server already (existing)",
  );

/** The most days that a generated password may have: as long as Secrets Manager can wait with a rotation. */
export const MAX_PASSWORD_DAYS = 1_000;

const DAYS = `must be a whole number from 0 to ${MAX_PASSWORD_DAYS}`;

/** What the server asks of the passwords of a service. */
export const passwordPolicySchema = z
  .strictObject({
    expiresAfterDays: z
      .int()
      .min(0, DAYS)
      .max(MAX_PASSWORD_DAYS, DAYS)
      .optional()
      .describe("After how many days the server refuses a password that was not rotated. Absent or 0: never"),
  })
  .describe("What the server asks of the generated passwords of a service");

export type PasswordPolicy = Readonly<z.output<typeof passwordPolicySchema>>;

/** The options of an account in a roster. Rosters without them keep their bytes. */
export const accountOptionShape = {
  /** The account is locked, and keeps its grants. Absent: it is not. */
  suspended: z.literal(true).optional(),
  /** Absent: none; of an existing login, what is found. */
  limits: limitsSchema.readonly().optional(),
  /** Absent: `ssl`; of an existing login, what is found. */
  tls: tlsSchema.readonly().optional(),
  /**
   * `password`: it logs in by a password in Secrets Manager. `existing`: as it does on the server, and nobody
   * changes that. Absent: by IAM token.
   */
  login: z.enum(OTHER_LOGINS).optional(),
  password: passwordPolicySchema.readonly().optional(),
  /** Where it logs in from. Absent: from anywhere (`%`). */
  hosts: rosterHostsSchema.optional(),
};

/** What an account has beyond its grants. */
export interface AccountOptions {
  /** Absent: it logs in by IAM token. */
  readonly login?: OtherLogin | undefined;
  /** Of a login by password. Absent: its passwords have no end. */
  readonly password?: PasswordPolicy | undefined;
  readonly suspended?: true | undefined;
  readonly limits?: Limits | undefined;
  readonly tls?: TlsRequirement | undefined;
  /** Absent: `%`. */
  readonly hosts?: readonly string[] | undefined;
}
