export * from "./assemble-statements";
export * from "./database-privileges";
export * from "./effects";
export * from "./observed-state";
export * from "./permitted";
export * from "./quote";
export * from "./statement";
