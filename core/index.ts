// The public entry `cdktf-aurora-users/core`: rosters, users folders, and what the functions send or accept.
export { DATABASE_PRIVILEGES, type DatabasePrivilege } from "./catalogue/mysql-privileges";
export {
  type EnforceRequest,
  type EnforceResponse,
  enforceRequestSchema,
  enforceResponseSchema,
} from "./contract/enforcement";
export { METRIC_NAMESPACE, METRICS, type MetricName } from "./contract/metrics";
export * from "./errors";
export * from "./events/events";
export { accountName, DEFAULT_PREFIX, hasPrefix, PREFIX_PATTERN } from "./roster/account-name";
export {
  type Ceiling,
  type CeilingViolation,
  ceilingSchema,
  ceilingViolations,
  DEFAULT_CEILING,
} from "./roster/ceiling";
export {
  accountNames,
  type DatabaseGrant,
  holdsAt,
  privilegesOf,
  type Roster,
  type RosterAccount,
  rosterSchema,
} from "./roster/roster";
export * from "./users";
