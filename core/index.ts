// The public entry `cdktf-aurora-users/core`: rosters, users folders, and what the functions send or accept.
export { DATABASE_PRIVILEGES, type DatabasePrivilege } from "./catalogue/mysql-privileges";
export { SERVER_PRIVILEGES, type ServerPrivilege } from "./catalogue/server-privileges";
export {
  type EnforceRequest,
  type EnforceResponse,
  enforceRequestSchema,
  enforceResponseSchema,
} from "./contract/enforcement";
export { METRIC_NAMESPACE, METRICS, type MetricName } from "./contract/metrics";
export { AccessError, CeilingError, InternalError, InvalidInputError, ProtocolError } from "./errors";
export {
  type Access,
  type AccessEvent,
  type Cause,
  EVENT_SCHEMAS,
  EVENT_SOURCE,
  EVENT_TYPES,
  EVENT_VERSION,
  type EventChange,
  type EventDetail,
  type EventOwner,
  type EventType,
  type RunAction,
} from "./events/events";
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
export {
  type AssembledUsers,
  type AssembleUsersOptions,
  assembleUsers,
  type ClusterOptions,
  defaultRoles,
  type Expiry,
  type FileGrant,
  JSON_SCHEMA_NAMES,
  type JsonSchemaName,
  jsonSchemaText,
  type LocatedEntry,
  type LocatedList,
  type LocatedMap,
  type LocatedNode,
  type LocatedScalar,
  type Position,
  PROJECTS_FILE,
  type Problem,
  type ProjectsFile,
  parseExpiry,
  problemLine,
  projectsFileSchema,
  ROLES_FILE,
  type RolesFile,
  RULES_FILE,
  type RulesFile,
  rolesFileSchema,
  rulesFileSchema,
  SETTINGS_FILE,
  type Settings,
  settingsFileSchema,
  TEAMS_FILE,
  type Team,
  type TeamsFile,
  teamsFileSchema,
  type User,
  type UserFile,
  type UsersFile,
  userFileSchema,
} from "./users";
