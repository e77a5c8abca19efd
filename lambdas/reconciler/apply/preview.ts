import { changeSetId, fitNotes, nameSome, numbered, sameRoster } from "../../../core/contract/change-set";
import type {
  ChangeSet,
  ChangeSetBody,
  PreviewRequest,
  PreviewResponse,
} from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { type AccountId, assembleStatements, findUndeclared, type StatementsPlan } from "../../../core/mysql";
import { within } from "../../runtime/deadline";
import { type Observation, observe } from "../mysql/observe";
import {
  CredentialsError,
  DatabaseError,
  DatabaseUnreachableError,
  LedgerError,
  ReaderError,
  RegistryError,
} from "../runtime/errors";
import { type Call, CONNECT_TIMEOUT_MS } from "../services/services";
import { mergedRoster, sourcesNotes } from "../sources/source-roster";
import type { LedgerState } from "../store/ledger";
import type { SourceState } from "../store/source-ledger";
import { checkCeiling, RAISE_FIRST } from "./check-ceiling";
import { ownerConflict } from "./owner";
import { leftBehindNote } from "./replaced-cluster";

/** Looking at the database takes this long at most, whatever the server does. */
const LOOK_TIMEOUT_MS = 20_000;

type Status = ChangeSetBody["status"];

interface Findings {
  readonly statements?: readonly string[];
  readonly notes: readonly string[];
  readonly pending?: number;
  readonly verified?: boolean;
  readonly unmanaged?: readonly string[];
  readonly summary: string;
}

/**
 * What an apply of this roster would do now. Changes nothing, in the database or in the ledger. What keeps it from looking
 * is an answer (`unverified`, `refused`), not an error, so that the plan of everything else goes through.
 *
 * @throws CeilingError for accounts and databases that are never touched, whatever a payload says
 */
export async function preview(request: PreviewRequest, call: Call): Promise<PreviewResponse> {
  const { cluster, gate, owner } = request;
  const { ledger, accessDeniedRetry: patience, registry, sources } = call.services;
  const answer = (status: Status, findings: Findings) => newAnswer(request, call, status, findings);
  const unseeing = (error: Error) =>
    answer("unverified", {
      notes: [`${cluster} could not be looked at, and nothing will be applied to it: ${error.message}`],
      summary: `${cluster}: the database could not be looked at: ${error.message}`,
    });

  let entry: RegistryEntry;
  let state: LedgerState;
  let states: readonly SourceState[];
  try {
    state = await ledger.state(cluster);
    if (state.head.gates.includes(gate)) patience.end();
    entry = await registry.entry(cluster);
    states = await sources.ledger.states(cluster, entry);
  } catch (error) {
    if (error instanceof LedgerError || error instanceof RegistryError) return unseeing(error);
    throw error;
  }

  const above = checkCeiling(request.roster, entry);
  if (above.length > 0)
    return refuse(
      request,
      call,
      above.map(text => `${text}. ${RAISE_FIRST}`),
    );
  const conflict = ownerConflict(state.head, request);
  if (conflict) return refuse(request, call, [conflict]);

  const agrees =
    ledgerAgrees(state, request) && (state.head.resourceId ?? entry.resourceId) === entry.resourceId;
  const last = agrees ? await ledger.lastChangeSet(cluster, state.head, owner) : undefined;
  const verbatim = (
    changeSet: ChangeSet,
    verified: boolean,
    summary: string,
    unmanaged: readonly string[] = [],
  ): PreviewResponse => ({
    ...{ protocol: PROTOCOL, changeSet, pending: 0, verified, unmanaged, summary },
  });

  let seen: Observation;
  try {
    seen = await look(entry, call);
  } catch (error) {
    if (!isOutOfReach(error)) throw error;
    call.services.log.error("not looked at", { cluster, reason: error.message });
    if (last)
      return verbatim(last, false, `${cluster}: the database could not be looked at: ${error.message}`);
    return unseeing(error);
  }

  const unseen = !state.head.gates.includes(gate);
  const { observed, administrator } = seen;
  const { definers, prefix, unmanaged } = entry;
  const looked = {
    observed,
    administrator,
    now: call.services.now(),
    prefix,
    unmanaged,
    definers,
    onlyCreate: unseen,
  };
  const { stuck, ...merged } = mergedRoster(state, request.roster, states, looked);
  const plan = assembleStatements({ ...looked, ...merged });
  const isKnown = (user: string) =>
    Object.hasOwn(merged.roster.accounts, user) ||
    merged.previouslyDeclared.includes(user) ||
    stuck.has(user);
  const undeclared = findUndeclared(observed, isKnown);
  const kept = unmanaged === "report" ? undeclared : [];
  const out = stuck.size > 0 ? `; not as Parameter Store says: ${nameSome(stuck.keys())}` : "";
  const also = `${undeclared.length > 0 ? `; not declared: ${nameSome(undeclared)}` : ""}${out}`;

  if (plan.problems.length > 0) return refuse(request, call, [...plan.problems, ...plan.notes]);
  const about = [
    ...takeOver(state, request),
    ...leftBehindNote({ state, entry, states }),
    ...sourcesNotes(request.roster, states, stuck),
  ];
  const pending = plan.statements.length + plan.waiting;
  if (pending > 0) {
    const notes = [...about, ...plan.notes, ...waitingNote(plan)];
    const summary = `${cluster}: when planned, ${pending === 1 ? "1 statement was" : `${pending} statements were`} pending: ${describeAccounts(plan)}${also}`;
    const statements = plan.statements.map(({ sql }) => sql);
    return answer(unseen ? "unseen" : "changes", {
      statements,
      notes,
      pending,
      verified: true,
      unmanaged: kept,
      summary,
    });
  }
  if (last) return verbatim(last, true, `${cluster}: nothing is pending${also}`, kept);
  const notes = [...about, "The database is as declared; the ledger is brought up to date.", ...plan.notes];
  return answer("none", {
    notes,
    verified: true,
    unmanaged: kept,
    summary: `${cluster}: nothing is pending in the database${also}`,
  });
}

/** Whether the ledger's last success is what is asked for, and nothing was tried since. */
function ledgerAgrees({ head, applied }: LedgerState, { owner, roster }: PreviewRequest): boolean {
  const settled = head.target === head.applied && head.attempt === undefined && head.released === undefined;
  return settled && head.owner === owner && sameRoster(applied?.roster, roster);
}

async function look(entry: RegistryEntry, { services, deadline }: Call): Promise<Observation> {
  const limit = Math.min(LOOK_TIMEOUT_MS, deadline.left());
  const late = () =>
    new DatabaseUnreachableError(
      `${entry.cluster}: ${entry.host}:${entry.port} did not answer within ${limit / 1000} s`,
    );
  const connecting = services.connect(entry, {
    bulkRead: true,
    timeoutMs: Math.min(CONNECT_TIMEOUT_MS, limit),
  });
  const looking = connecting.then(async session => {
    const seen = await observe(session, entry.prefix);
    await session.close();
    return seen;
  });
  try {
    return await within(limit, looking, late);
  } catch (error) {
    void connecting.then(
      session => session.destroy(),
      () => {},
    );
    throw error;
  }
}

const isOutOfReach = (error: unknown): error is Error =>
  error instanceof DatabaseUnreachableError ||
  error instanceof DatabaseError ||
  error instanceof CredentialsError ||
  error instanceof ReaderError;

/** An answer that permits nothing, recorded. */
async function refuse(
  request: PreviewRequest,
  call: Call,
  reasons: readonly string[],
): Promise<PreviewResponse> {
  const { cluster, plannedBy } = request;
  const summary = `${cluster}: refused: ${nameSome(reasons, 3)}`;
  const entry = {
    ...{
      kind: "refused" as const,
      cluster,
      when: call.services.now().toISOString(),
      who: plannedBy,
      code: "Refused",
    },
    ...{ message: summary.slice(0, 8_000), payloadSha256: call.payloadHash },
  };
  call.services.metrics.emit(cluster, { Refusals: 1 });
  // It permits nothing either way, and the plan of everything else must go through.
  const unrecorded = await call.services.audit.append(entry).then(
    () => [],
    error => [`This refusal could not be recorded: ${(error as Error).message}`],
  );
  return newAnswer(request, call, "refused", { notes: [...reasons, ...unrecorded], summary });
}

function newAnswer(
  request: PreviewRequest,
  { services }: Call,
  status: Status,
  findings: Findings,
): PreviewResponse {
  const { plannedBy, reference } = request;
  const now = services.now();
  const body: ChangeSetBody = {
    status,
    statements: numbered(findings.statements ?? []),
    notes: fitNotes(findings.notes),
    plannedAt: now.toISOString(),
    plannedBy,
    ...(reference === undefined ? {} : { reference }),
  };
  const changeSet = { [changeSetId(now, services.randomId())]: body };
  const { pending = 0, verified = false, unmanaged = [], summary } = findings;
  return { protocol: PROTOCOL, changeSet, pending, verified, unmanaged, summary };
}

function takeOver({ head }: LedgerState, { owner }: PreviewRequest): string[] {
  return head.owner !== undefined && head.owner !== owner && head.released === undefined
    ? [`The cluster is taken over from \`${head.owner}\`.`]
    : [];
}

function waitingNote({ waiting }: StatementsPlan): string[] {
  if (waiting === 0) return [];
  return [
    `Nobody could look at this set before it runs, so it only creates accounts that do not exist. ${waiting} more ` +
      `statement${waiting === 1 ? " waits" : "s wait"} for the next plan, which shows ${waiting === 1 ? "it" : "them"}.`,
  ];
}

const describeAccounts = (plan: StatementsPlan): string => {
  const users = plan.statements.flatMap(({ accounts }) => accounts.map(({ user }: AccountId) => user));
  const waiting = plan.waiting > 0 ? `${plan.waiting} for the next plan` : "";
  return [nameSome(users), waiting].filter(Boolean).join("; ");
};
