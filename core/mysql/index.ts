export { DATABASE_PRIVILEGES } from "../catalogue/mysql-privileges";
export {
  administratorLacks,
  administratorProblems,
  hidesDefiners,
  iamLoginProblems,
  inactiveRolesHint,
  type OwnPrivileges,
} from "./administrator-needs";
export { administratorStatements, type NewAdministrator } from "./administrator-statements";
export { assembleStatements } from "./assemble-statements";
export { type NamesInGrants, spelledAs } from "./database-name";
export { eventDefiner, eventKey, MAX_DISABLED_EVENTS, objectName } from "./defined-objects";
export { ACCOUNT_HOST } from "./desired-account";
export { effectsOf } from "./effects";
export { enforceableRoster, heldPart } from "./enforceable-roster";
export { existence, namedObjects, namedRoles } from "./existing-objects";
export { expiredAccounts, expiredElsewhere } from "./expired-accounts";
export { findUndeclared, loginTakers, loginTakersNote } from "./find-undeclared";
export { IAM_PLUGIN } from "./iam-login";
export { routineKey } from "./object-names";
export type * from "./observed-state";
export { ALL, outsideRights, type Right, rightDetail, rightText } from "./outside-rights";
export { isIdle } from "./own-routines";
export { unpermitted } from "./permitted";
export { quoteAccount, quoteIdentifier, quoteText } from "./quote";
export { isMandatory } from "./role-rules";
export { rosterSpelledAs } from "./roster-spelled-as";
export { sortedPrivileges } from "./sorted-privileges";
export type { Statement } from "./statement";
export type { StatementsPlan, StatementsRequest } from "./statements-request";
export { NO_STATEMENTS } from "./statements-request";
export type { AdministratorPrivileges } from "./unrevocable-grants";
