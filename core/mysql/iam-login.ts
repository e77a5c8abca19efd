import type { ObservedAccount } from "./observed-state";

/**
 * The login by IAM token.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.DBAccounts.html
 */
export const IAM_PLUGIN = "AWSAuthenticationPlugin";
export const IAM_LOGIN = ` IDENTIFIED WITH ${IAM_PLUGIN} AS 'RDS'`;
/** Only TLS protects the token, so the server refuses a login without TLS. */
export const REQUIRE_TLS = " REQUIRE SSL";
/** Removes limits that were set by hand: they would lock a person out, and no plan would show why. */
export const NO_LIMITS =
  " WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0";

/** Whether the account logs in by IAM token over TLS, as every managed account does. */
export const logsInByIam = (account: ObservedAccount): boolean =>
  account.plugin === IAM_PLUGIN &&
  account.authenticationString === "RDS" &&
  account.tls === "ANY" &&
  !account.limited &&
  !account.secondPassword;
