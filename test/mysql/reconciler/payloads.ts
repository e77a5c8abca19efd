import type {
  ApplyRequest,
  ChangeSetBody,
  PreviewRequest,
  PreviewResponse,
} from "../../../core/contract/payload";
import type { Roster } from "../../../core/roster/roster";

/** A preview's answer with its change set taken apart. */
export type Preview = PreviewResponse & { id: string; body: ChangeSetBody; sql: string[] };

export const previewRequest = (
  cluster: string,
  roster: Roster,
  overrides: Partial<PreviewRequest> = {},
): PreviewRequest => ({
  protocol: 1,
  action: "preview",
  cluster,
  owner: "stack",
  adopt: false,
  roster,
  gate: "gate-1",
  plannedBy: "arn:aws:iam::123456789012:user/planner",
  ...overrides,
});

export const applyRequest = (
  cluster: string,
  roster: Roster,
  changeSet: PreviewResponse["changeSet"],
  overrides: Partial<ApplyRequest> = {},
): ApplyRequest => ({
  protocol: 1,
  action: "apply",
  cluster,
  owner: "stack",
  adopt: false,
  roster,
  gate: "gate-1",
  removalPolicy: "protect",
  changeSet,
  tf: { action: "update", prev_input: null },
  ...overrides,
});
