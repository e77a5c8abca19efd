export * from "./audit-item";
export type { Anchor, AuditFinding, ChainHead, FindingKind, Sha256 } from "./chain";
export {
  type AccountFields,
  joinedChanges,
  type PlacedTerms,
  placeKey,
  type RosterChange,
  rosterChanges,
  termsOf,
} from "./roster-change";
export { ChainVerifier, verifyChain } from "./verify-chain";
