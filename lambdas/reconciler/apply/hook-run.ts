import { onlyChangeSet } from "../../../core/contract/change-set";
import type { ApplyRequest, ApplyResponse, ChangeSetBody } from "../../../core/contract/payload";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { type HookCall, UNNAMED_HOOK } from "../../../core/decisions/hooks";
import type { AccessError } from "../../../core/errors";
import type { Run } from "../../../core/events/run-events";
import { sha256Hex } from "../../runtime/hash";
import type { AuditSubject } from "../execute/audit-run";
import type { RunReport } from "../execute/run-report";
import type { LockedSession } from "../mysql/cluster-lock";
import type { Call } from "../services/services";

/** One call of a hook, with the change set that it brings. */
export interface HookRun {
  readonly call: Call;
  readonly request: ApplyRequest;
  readonly id: string;
  readonly body: ChangeSetBody;
}

/** A hook's call that holds the cluster's lock. */
export interface LockedHookRun extends HookRun {
  readonly entry: RegistryEntry;
  readonly session: LockedSession;
  readonly subject: AuditSubject;
}

/** What a person does after a hook's call some of whose statements did not run. */
export const APPLY_AGAIN =
  "The statements that ran stay in effect, and the next plan shows the others. " +
  "Fix the cause, then plan and apply again.";

export interface HookResult {
  readonly response: ApplyResponse;
  readonly report: RunReport;
  /** Why the call counts as failed, although it did what it could and recorded it. */
  readonly unfinished?: AccessError | undefined;
}

export const hookRun = (request: ApplyRequest, call: Call): HookRun => ({
  call,
  request,
  ...onlyChangeSet(request.changeSet),
});

/** The call as the ledger keeps it. */
export const hookCall = ({ call, request }: HookRun): HookCall => ({
  action: request.tf.action,
  hook: request.hook ?? UNNAMED_HOOK,
  payload: call.payloadHash,
  at: call.services.now().toISOString(),
});

/** What each audit item of the hook's call says. */
export const hookSubject = ({ body, id, request }: HookRun): AuditSubject => ({
  cluster: request.cluster,
  changeSet: id,
  owner: request.owner,
  action: request.tf.action,
  who: body.plannedBy,
  reference: body.reference,
});

/** The hook's call as its events name it. */
export const eventRun = ({ body, id, request }: HookRun, at: Date): Run => ({
  id,
  cluster: request.cluster,
  action: request.tf.action === "delete" ? "delete" : "apply",
  at,
  plannedBy: body.plannedBy,
  reference: body.reference,
  sha256: sha256Hex,
});
