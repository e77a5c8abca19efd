import type { ObservedAccount } from "./observed-state";

/**
 * How an account logs in by IAM token.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
 */
export const IAM_PLUGIN = "AWSAuthenticationPlugin";
export const IAM_LOGIN = ` IDENTIFIED WITH ${IAM_PLUGIN} AS 'RDS'`;
/** The token travels in clear within TLS, so an account that could do without is refused by the server. */
export const REQUIRE_TLS = " REQUIRE SSL";
/** Limits set by hand would lock a person out without a word in any plan. */
export const NO_LIMITS =
  " WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0";

/** Whether the account logs in by IAM token over TLS, as every managed one does. */
export const logsInByIam = (account: ObservedAccount): boolean =>
  account.plugin === IAM_PLUGIN &&
  account.authenticationString === "RDS" &&
  account.tls === "ANY" &&
  !account.limited &&
  !account.secondPassword;
