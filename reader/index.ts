export type { UsersText } from "./folder-entries";
export { type PrunedGrant, type Pruning, pruneGrants } from "./prune-grants";
export { type AssembleOptions, readUsers, UsersFolder } from "./read-users";
export { type NewUser, userFileText, yamlText } from "./user-file-text";
export { problemText, UsersError } from "./users-error";
