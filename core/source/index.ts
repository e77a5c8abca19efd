export * from "./judge-document";
export { mergeSources } from "./merge-rosters";
export { type ReadJson, readJson } from "./read-json";
export * from "./removals";
export * from "./source-changes";
export * from "./source-document";
export * from "./split-document";
export { withinBounds, withinCeiling } from "./within-bounds";
