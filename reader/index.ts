export { type AssembleOptions, readUsers, UsersFolder, type UsersText } from "./read-users";
export { problemText, UsersError } from "./users-error";
