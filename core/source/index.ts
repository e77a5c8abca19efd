export * from "./judge-document";
export * from "./last-report";
export { mergeSources, type SourceRoster, supersededGrants, UNCONFIRMED } from "./merge-rosters";
export { type ReadJson, readJson } from "./read-json";
export * from "./removals";
export * from "./source-changes";
export * from "./source-document";
export * from "./split-document";
export { withinBounds, withinCeiling, withinMailDomains } from "./within-bounds";
