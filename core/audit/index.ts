export {
  AUDIT_KINDS,
  type AuditAttributes,
  type AuditItem,
  type AuditKind,
  type AuditResult,
  type AuditStatement,
  auditContent,
  auditItemSchema,
  auditPartition,
  HEAD_KEY,
  isRefusals,
  positionKey,
  positionOf,
} from "./audit-item";
export type { Anchor, AuditFinding, ChainHead, FindingKind, Sha256 } from "./chain";
export { ChainVerifier, verifyChain } from "./verify-chain";
