import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { EnforcementDecision } from "../../../core/decisions/decide-enforcement";
import type { AccessError } from "../../../core/errors";
import type { Run } from "../../../core/events/run-events";
import type { KnownPassword } from "../../../core/mysql/password-login";
import type { MaybeUnproven } from "../../../core/unproven";
import type { AuditSubject } from "../execute/audit-run";
import type { LockedSession } from "../mysql/cluster-lock";
import type { ClusterReplacedError } from "../runtime/errors";
import type { Call } from "../services/services";
import type { EnforcementRecord } from "../store/enforcement-records";
import type { LedgerHead } from "../store/ledger-head";
import type { SourceState } from "../store/source-ledger";

/** One scheduled run on one cluster, or one that a change of a parameter started. */
export interface EnforcementRun {
  readonly call: Call;
  readonly run: Run;
  readonly entry: RegistryEntry;
  /** What enforcement knew when this was read. Another run may write it until the cluster's lock is held. */
  readonly record: EnforcementRecord;
  /** Whether the ledger's head was proven when it was read. */
  readonly isProven: boolean;
  /**
   * Whether logins that began before access was taken can have finished since the last success, or somebody
   * was offboarded since: an account that was locked before may have sessions.
   */
  readonly isLate: boolean;
  /** Why the run counts as failed whatever it does: another cluster has the endpoint. Never rejects. */
  readonly replaced: Promise<ClusterReplacedError | undefined>;
}

/** A run that holds the cluster's lock. */
export interface LockedEnforcement extends EnforcementRun {
  readonly session: LockedSession;
  readonly subject: AuditSubject;
  readonly head: LedgerHead;
}

/** A run's decision, and the sources that it was made from. */
export interface InspectedCluster extends EnforcementDecision, MaybeUnproven {
  readonly states: readonly SourceState[];
  /** User names that runs look after. */
  readonly managed: ReadonlySet<string>;
  /** Whether they look after such a user's account at the host. */
  readonly isManagedHost: (user: string, host: string) => boolean;
  /** Why the run must not count as done: it could not check who was let in again. */
  readonly uncertain: AccessError | undefined;
  /** What the ledger knows of passwords; changed in place. */
  readonly passwords: Map<string, KnownPassword>;
}

/** What each audit item of a run says. */
export const enforcementSubject = ({ run }: Pick<EnforcementRun, "run">): AuditSubject => ({
  cluster: run.cluster,
  changeSet: run.id,
  action: run.action,
  who: run.plannedBy,
});
