export * from "./audit-item";
export type { Anchor, AuditFinding, ChainHead, FindingKind, Sha256 } from "./chain";
export { ChainVerifier, verifyChain } from "./verify-chain";
