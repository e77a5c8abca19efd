import { defined } from "../json";
import type { AccountOptions, AllLimits, LimitName, OtherLogin } from "../roster/account-options";
import type { ObservedAccount } from "./observed-state";
import { quoteText } from "./quote";

/**
 * The login by IAM token.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
 */
export const IAM_PLUGIN = "AWSAuthenticationPlugin";
export const IAM_LOGIN = ` IDENTIFIED WITH ${IAM_PLUGIN} AS 'RDS'`;

/** The limits as SQL names them, by their names in rosters and in the order of statements. */
export const LIMIT_WORDS = {
  queriesPerHour: "MAX_QUERIES_PER_HOUR",
  updatesPerHour: "MAX_UPDATES_PER_HOUR",
  connectionsPerHour: "MAX_CONNECTIONS_PER_HOUR",
  connections: "MAX_USER_CONNECTIONS",
} as const satisfies Record<LimitName, string>;
export const LIMIT_NAMES = Object.keys(LIMIT_WORDS) as LimitName[];

/** What a login has to keep to. */
export interface LoginTerms {
  /** Absent: by IAM token. */
  readonly login?: OtherLogin | undefined;
  /** Of a login by password: after how many days the password ends. Absent: never. */
  readonly expiresAfterDays?: number | undefined;
  /** What follows REQUIRE. */
  readonly tls: string;
  readonly limits: AllLimits;
  /** Whether what is found stays, if it requires TLS at all. */
  readonly keepsFound?: boolean | undefined;
  /** Of an existing login: what is not declared, and stays as it is found. */
  readonly undeclared?: readonly ("tls" | "limits")[];
}

/** Only TLS protects the token, so the server refuses a login without TLS. */
export const LEAST_TLS = "SSL";
const NO_LIMITS: AllLimits = { queriesPerHour: 0, updatesPerHour: 0, connectionsPerHour: 0, connections: 0 };
/** The terms of an account that declares none. Limits would lock a person out, and no plan would show why. */
export const PLAIN_TERMS: LoginTerms = { tls: LEAST_TLS, limits: NO_LIMITS };

export function termsOf({ limits, login, password, tls }: AccountOptions): LoginTerms {
  if (!limits && !login && !tls) return PLAIN_TERMS;
  return {
    ...defined({
      login,
      expiresAfterDays: (login === "password" && password?.expiresAfterDays) || undefined,
    }),
    tls: typeof tls === "object" ? certificateText(tls) : (tls ?? "ssl").toUpperCase(),
    limits: { ...NO_LIMITS, ...(limits && defined(limits)) },
    ...(login === "existing" && {
      undeclared: [
        ...(tls === undefined ? (["tls"] as const) : []),
        ...(limits ? [] : (["limits"] as const)),
      ],
    }),
  };
}

/** The terms of an existing login: what the roster does not say is as it is found. */
export const existingTerms = (account: ObservedAccount, terms: LoginTerms): LoginTerms => ({
  ...terms,
  ...(terms.undeclared?.includes("tls") && { tls: requirementOf(account) }),
  ...(terms.undeclared?.includes("limits") && { limits: account.limits }),
});

export const isPlain = ({ limits, tls }: LoginTerms): boolean =>
  tls === LEAST_TLS && LIMIT_NAMES.every(name => limits[name] === 0);

const PARTS = ["subject", "issuer", "cipher"] as const;
type Certificate = Partial<Record<(typeof PARTS)[number], string | undefined>>;

const partsOf = (certificate: Certificate): string[] =>
  PARTS.flatMap(part => (certificate[part] ? [`${part.toUpperCase()} ${quoteText(certificate[part])}`] : []));
const certificateText = (certificate: Certificate): string => partsOf(certificate).join(" AND ");

/** What the account requires of TLS, as the text that would follow REQUIRE. */
export const requirementOf = ({ certificate, tls }: ObservedAccount): string =>
  tls === "SPECIFIED" ? certificateText(certificate) : (REQUIREMENTS[tls] ?? tls);
const REQUIREMENTS: Readonly<Record<string, string>> = { "": "NONE", ANY: "SSL" };

/** Whether all who can log in as the account can do so by the requirement, too. */
export function opens(account: ObservedAccount, requirement: string): boolean {
  if (requirement === "SSL") return account.tls !== "";
  const { certificate, tls } = account;
  if (tls !== "SPECIFIED") return false;
  const parts = partsOf(certificate);
  if (requirement === "X509") return Boolean(certificate.subject || certificate.issuer);
  return requirement.match(/\w+ '(?:[^'\\]|\\.)*'/g)!.every(part => parts.includes(part));
}

/** Whether the account logs in by IAM token, whatever else its login has to keep to. */
export const isIamLogin = ({ authenticationString, plugin, secondPassword }: ObservedAccount): boolean =>
  plugin === IAM_PLUGIN && authenticationString === "RDS" && !secondPassword;

/** Whether the account logs in by IAM token over TLS, as every managed account does, by these terms. */
export const logsInByIam = (account: ObservedAccount, { keepsFound, limits, tls }: LoginTerms): boolean =>
  isIamLogin(account) &&
  (keepsFound
    ? account.tls !== ""
    : requirementOf(account) === tls && LIMIT_NAMES.every(name => account.limits[name] === limits[name]));
