export { type PrunedGrant, type Pruning, pruneGrants } from "./prune-grants";
export { type AssembleOptions, readUsers, UsersFolder, type UsersText } from "./read-users";
export { type MembersEdit, setMembers } from "./set-members";
export { type NewUser, userFileText, yamlText } from "./user-file-text";
export { problemText, UsersError } from "./users-error";
