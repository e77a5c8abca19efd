// What the public entry `core/index.ts` offers of users folders. Helpers are imported from their own files.
export type { ClusterOptions } from "./assemble-rosters";
export * from "./assemble-users";
export { defaultRoles } from "./default-roles";
export * from "./expiry";
export * from "./json-schemas";
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
export * from "./projects-file-schema";
export type { FileGrant, User } from "./resolve-user";
export * from "./roles-file-schema";
export * from "./settings-file-schema";
export * from "./user-file-schema";
