// What the public entry `core/index.ts` offers of users folders. Helpers are imported from their own files.
export type { ClusterOptions } from "./assemble-rosters";
export {
  type AssembledUsers,
  type AssembleUsersOptions,
  assembleUsers,
  PROJECTS_FILE,
  ROLES_FILE,
  RULES_FILE,
  SETTINGS_FILE,
  SPECIAL_FILES,
  TEAMS_FILE,
} from "./assemble-users";
export { defaultRoles } from "./default-roles";
export { type Expiry, parseExpiry } from "./expiry";
export { JSON_SCHEMA_NAMES, type JsonSchemaName, jsonSchemaText } from "./json-schemas";
export type {
  LocatedEntry,
  LocatedList,
  LocatedMap,
  LocatedNode,
  LocatedScalar,
  Position,
  UsersFile,
} from "./located-node";
export { type Problem, problemLine } from "./problem";
export { type ProjectsFile, projectsFileSchema } from "./projects-file-schema";
export type { FileGrant } from "./resolve-grant";
export type { User } from "./resolve-user";
export { type RolesFile, rolesFileSchema } from "./roles-file-schema";
export { type RulesFile, rulesFileSchema } from "./rules-file-schema";
export { type Settings, settingsFileSchema } from "./settings-file-schema";
export type { Team } from "./teams/resolve-teams";
export { type TeamsFile, teamsFileSchema } from "./teams/teams-file-schema";
export { type UserFile, userFileSchema } from "./user-file-schema";
