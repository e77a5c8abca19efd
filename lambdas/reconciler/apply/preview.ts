import type { PreviewRequest, PreviewResponse } from "../../../core/contract/payload";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import {
  decidePreview,
  isLastSuccess,
  refusalReasons,
  refusedFindings,
  unverifiedFindings,
} from "../../../core/decisions/decide-preview";
import { AS_THE_LEDGER_KNOWS, leaversByLedger, namingLeavers } from "../../../core/decisions/left-behind";
import {
  type Findings,
  newAnswer,
  offboardedText,
  removalText,
  sameAnswer,
} from "../../../core/decisions/preview-answer";
import {
  managedUsers,
  removedAccounts,
  rostersUntilNextApply,
} from "../../../core/decisions/rosters-in-effect";
import { withinRules } from "../../../core/decisions/rules/within-rules";
import { defined } from "../../../core/json";
import type { ObservedState } from "../../../core/mysql";
import { withOffboarded } from "../../../core/roster/offboarded";
import { EMPTY_ROSTER, type Roster } from "../../../core/roster/roster";
import { mergeSources } from "../../../core/source";
import {
  CredentialsError,
  DatabaseError,
  DatabaseUnreachableError,
  LedgerError,
  ReaderError,
  RegistryError,
} from "../runtime/errors";
import type { Call } from "../services/services";
import type { AuditEntry } from "../store/audit-trail";
import { type Look, look } from "./look";

/** What could not be read, in words. */
interface Unreadable {
  readonly unreadable: string;
}

/**
 * What an apply of this roster would do now. Changes nothing, in the database or in the ledger. If something
 * cannot be read, or must not be applied, that is an answer (`unverified`, `refused`), not an error: the plan
 * of everything else goes through.
 *
 * @throws CeilingError for accounts and databases that are never touched, whatever a payload says
 */
export async function preview(request: PreviewRequest, call: Call): Promise<PreviewResponse> {
  const { cluster } = request;
  // Before anything is read: an apply takes everything as shown that was there by then.
  const now = call.services.now();
  const facts = await gather(request, call, now);
  if ("unreadable" in facts) return answer(request, call, unverifiedFindings(cluster, facts.unreadable), now);
  const { observed, response } = await answerAbout(facts, call, now);
  const removal = removalOf(facts, observed);
  const offboarded = offboardedText(declaredNow(facts, now));
  return { ...response, ...defined({ removal, offboarded }) };
}

/** What is declared, sources included, and who of them was offboarded. */
const declaredNow = ({ entry, request, state, states }: Gathered, now: Date): Roster => {
  const merged = mergeSources(request.roster, rostersUntilNextApply(states), now);
  return withOffboarded(merged, state.offboarded, entry, () => false);
};

/** Which accounts a deletion of the hook would drop: of those that are there, or else of those declared. */
function removalOf({ entry, state, states }: Gathered, observed: ObservedState | undefined) {
  const { released, removalPolicy } = state.head;
  if (removalPolicy !== "remove" || released !== undefined) return undefined;
  const known = [...managedUsers(state, states, EMPTY_ROSTER)].map(user => ({ user }));
  const found = removedAccounts({ entry, state, states }, observed?.accounts ?? known);
  return removalText(found.map(({ user }) => user));
}

/** The answer, and the look at the database, if there was one. */
async function answerAbout(
  facts: Gathered,
  call: Call,
  now: Date,
): Promise<{ readonly response: PreviewResponse; readonly observed?: ObservedState }> {
  const { request } = facts;
  const { cluster, owner } = request;
  const { ledger, log } = call.services;
  const reasons = refusalReasons(facts, now);
  const naming = (findings: Findings) =>
    namingLeavers(findings, leaversByLedger(facts, request, now), AS_THE_LEDGER_KNOWS);
  if (reasons.length > 0)
    return { response: await refuse(request, call, naming(refusedFindings(cluster, reasons)), now) };
  const last = isLastSuccess(facts)
    ? await ledger.lastChangeSet(cluster, facts.state.head, owner)
    : undefined;
  const observation = await lookOrExplain(facts.entry, request.roster, call);
  if ("unreadable" in observation) {
    log.error("database not observed", { cluster, reason: observation.unreadable });
    const findings = naming(unverifiedFindings(cluster, observation.unreadable));
    const { summary } = findings;
    return {
      response: last ? sameAnswer(cluster, last, { summary }) : answer(request, call, findings, now),
    };
  }
  const { observed } = observation;
  const decision = decidePreview(
    { ...facts, observation, now, sessions: observation.sessions },
    last !== undefined,
  );
  if (decision.status === "refused")
    return { response: await refuse(request, call, decision, now), observed };
  const response =
    decision.status === "same" ? sameAnswer(cluster, last!, decision) : answer(request, call, decision, now);
  return { response, observed };
}

type Gathered = Exclude<Awaited<ReturnType<typeof gather>>, Unreadable>;

/** Reads the ledger, the registry and the sources. */
async function gather(request: PreviewRequest, call: Call, now: Date) {
  const { cluster, gate, roster } = request;
  const { accessDeniedRetry, ledger, registry, sources } = call.services;
  try {
    const entry = await registry.entry(cluster);
    const state = await ledger.state(cluster);
    if (state.head.gates.includes(gate)) accessDeniedRetry.end();
    const states = withinRules(await sources.ledger.states(cluster, entry), [roster], { cluster, now });
    const holders = await call.services.holders.read(cluster, state.head);
    return { request, entry, state, states, holders };
  } catch (error) {
    if (error instanceof LedgerError || error instanceof RegistryError) return { unreadable: error.message };
    throw error;
  }
}

async function lookOrExplain(entry: RegistryEntry, roster: Roster, call: Call): Promise<Look | Unreadable> {
  try {
    return await look(entry, roster, call);
  } catch (error) {
    if (OUT_OF_REACH.some(kind => error instanceof kind)) return { unreadable: (error as Error).message };
    throw error;
  }
}

const OUT_OF_REACH = [DatabaseUnreachableError, DatabaseError, CredentialsError, ReaderError];

/** An answer that permits nothing, recorded. */
async function refuse(
  request: PreviewRequest,
  call: Call,
  findings: Findings,
  now: Date,
): Promise<PreviewResponse> {
  const { cluster, plannedBy } = request;
  const { audit, metrics } = call.services;
  metrics.emit(cluster, { Refusals: 1 });
  const entry: AuditEntry = {
    kind: "refused",
    cluster,
    when: now.toISOString(),
    who: plannedBy,
    code: "Refused",
    message: findings.summary.slice(0, 8_000),
    payloadSha256: call.payloadHash,
  };
  // The set permits nothing either way, and the plan of everything else must go through.
  const unrecorded = await audit.append(entry).catch((error: Error) => error);
  const notes = unrecorded ? [`This refusal could not be recorded: ${unrecorded.message}`] : [];
  return answer(request, call, { ...findings, notes: [...findings.notes, ...notes] }, now);
}

const answer = (
  { plannedBy, reference }: PreviewRequest,
  { services }: Call,
  findings: Findings,
  now: Date,
) => newAnswer(findings, { now, randomId: services.randomId(), plannedBy, reference });
