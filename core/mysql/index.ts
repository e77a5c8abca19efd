export * from "./assemble-statements";
export * from "./database-privileges";
export * from "./effects";
export type { AdministratorPrivileges } from "./irrevocable";
export * from "./observed-state";
export * from "./permitted";
export * from "./quote";
export * from "./statement";
export type { StatementsPlan, StatementsRequest } from "./statements-request";
