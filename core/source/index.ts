export {
  type AcceptedDocument,
  type DocumentRefusal,
  judgeDocument,
  judgeRemovals,
  recognizeText,
  type SourceCheck,
  type SourceRefusal,
  type SourceText,
} from "./judge-document";
export { mergeSources } from "./merge-rosters";
export { type ReadJson, readJson } from "./read-json";
export { type RemovalCheck, removalFault, removedAccounts } from "./removals";
export { changedAccounts, rosterWithout, type SourceChanges, sourceChanges } from "./source-changes";
export {
  MAX_DOCUMENT_BYTES,
  MAX_DOCUMENT_GRANTS,
  MAX_DOCUMENT_USERS,
  parseSourceDocument,
  type SourceContext,
  type SourceDocument,
  sourceDocumentSchema,
} from "./source-document";
export {
  joinDocument,
  PIECE_BYTES,
  pieceNames,
  type SplitIndex,
  splitDocument,
  splitIndexOf,
  type WrittenDocument,
} from "./split-document";
export { utf8Length } from "./utf8";
export { withinBounds, withinCeiling } from "./within-bounds";
