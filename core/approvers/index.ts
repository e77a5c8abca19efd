export { type Approvals, approversOf, missingApprovals, type RequiredApprover } from "./approvers-of";
export { approversOfPlans } from "./approvers-of-plans";
export { NOTHING_OWNED, type OwnedState } from "./owned-state";
