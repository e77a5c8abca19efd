export { type Edit, type Edited, editFile } from "./edit/edit-file";
export { type GrantItem, grantItems } from "./edit/grant-items";
export type { Value } from "./edit/value-text";
export { grantText } from "./grant-text";
export { type PrunedGrant, type Pruning, pruneGrants } from "./prune-grants";
export { type AssembleOptions, EDIT_JOURNAL, readUsers, UsersFolder, type UsersText } from "./read-users";
export { type MembersEdit, setMembers } from "./set-members";
export { type NewUser, userFileText, yamlText } from "./user-file-text";
export { problemText, UsersError } from "./users-error";
