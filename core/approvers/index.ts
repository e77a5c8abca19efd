export {
  type Approvals,
  approversOf,
  missingApprovals,
  type OwnedState,
  type RequiredApprover,
} from "./approvers-of";
