import { randomUUID } from "node:crypto";
import type { ParameterSource, RegistryEntry } from "../../../core/contract/registry-entry";
import { brokenByDocument } from "../../../core/decisions/rules/within-rules";
import { sentences } from "../../../core/name-some";
import { EMPTY_ROSTER, type Roster } from "../../../core/roster/roster";
import {
  type DocumentRefusal,
  joinDocument,
  judgeDocument,
  judgeRemovals,
  pieceNames,
  type RemovalsOfHour,
  recognizeText,
  type SourceCheck,
  type SourceRefusal,
  type SourceRoster,
  type SourceText,
  withinMailDomains,
} from "../../../core/source";
import { errorText } from "../../runtime/errors";
import { sha256Hex } from "../../runtime/hash";
import type { Call } from "../services/services";
import type { SourceItem } from "../store/source-ledger-item";

/** What a source's parameter is, compared with what the ledger knows of the source. */
export type SourceVerdict =
  | { readonly kind: "unchanged" }
  /** There is no such parameter, and there never was one. */
  | { readonly kind: "absent" }
  | RefusedVerdict
  | GoodVerdict;

export interface RefusedVerdict {
  readonly kind: "refused";
  readonly code: SourceRefusal;
  /** What is wrong, and what to do. */
  readonly message: string;
  /** The parameter's version; 0 if there is none or it could not be read. */
  readonly version: number;
  /** Of the document, or what the list of its pieces says. */
  readonly sha256: string;
  /** The random part of the token in the message, if it has one. */
  readonly nonce?: string | undefined;
}

export interface GoodVerdict {
  readonly kind: "good";
  readonly read: SourceText;
  readonly sha256: string;
  readonly context: string;
  /** The roster of the last accepted document. */
  readonly before: Roster;
  readonly roster: Roster;
  /** What documents removed lately without a confirmation, this one included. */
  readonly removals: readonly RemovalsOfHour[];
}

/** A source, and what the ledger knows of it. */
export interface SourceToJudge {
  readonly entry: RegistryEntry;
  readonly source: ParameterSource;
  readonly known: SourceItem;
}

const GONE: DocumentRefusal = {
  code: "SourceMissing",
  problem:
    "the parameter does not exist any more. To take away all access write an empty list of users, " +
    "or take the source out of the cluster's stack",
};

/** How often a document is read whose pieces are replaced meanwhile. */
const TRIES = 3;

/** Reads a source's parameter and makes all checks, without writing anything. @throws LedgerError */
export async function judgeSource(call: Call, known: SourceToJudge): Promise<SourceVerdict> {
  for (let attempt = 1; ; attempt++) {
    const verdict = await judgeOnce(call, known, attempt === TRIES);
    if (verdict) return verdict;
  }
}

/** @returns undefined if another document was written meanwhile */
async function judgeOnce(
  { services }: Call,
  { entry, known, source }: SourceToJudge,
  isLast: boolean,
): Promise<SourceVerdict | undefined> {
  const { ledger, parameters } = services.sources;
  const check: SourceCheck = { entry, source, now: services.now(), sha256: sha256Hex };
  const { parameter } = source;
  let read: SourceText | undefined;
  try {
    read = await parameters.read(parameter);
    if (!read) return known.target === undefined ? { kind: "absent" } : refused(check, GONE, 0);
    const text = recognizeText(check, read, isDistrusted(known) ? { ...known, target: undefined } : known);
    if (text === "unchanged") return { kind: "unchanged" };
    const { sha256 } = text;
    const { version } = read;
    if ("code" in text) return refused(check, text, version, sha256);
    const { index } = text;
    const pieces = index && (await parameters.pieces(pieceNames(parameter, index)));
    const whole = index && pieces ? joinDocument(parameter, index, pieces, sha256Hex) : { text: read.text };
    if ("problem" in whole) {
      // The writer of a new document deletes the old pieces: then this text is outdated, not broken.
      const again = await parameters.read(parameter);
      if (!isLast && again?.text !== read.text) return undefined;
      const problem = `${whole.problem}. Write it again with \`aurora-users source put\``;
      return refused(check, { code: "SourceBroken", problem }, version, sha256);
    }
    const judged = judgeDocument(check, whole.text);
    if ("code" in judged) return refused(check, judged, version, sha256);
    const before = await ledger.roster(entry.cluster, known.target);
    const nonce = known.nonce ?? randomUUID();
    const earlier = isDistrusted(known) ? [] : known.removals;
    const { own } = await ledger.accounts(entry.cluster, known);
    const accepted = isDistrusted(known) ? EMPTY_ROSTER : before;
    const breaks = await breaksRules(services, check, { ...judged, accepted, own });
    if (breaks) return refused(check, breaks, version, sha256);
    const removal = judgeRemovals(check, { roster: before, own, removals: earlier, nonce }, judged);
    if ("code" in removal) return { ...refused(check, removal, version, sha256), nonce };
    const { removals } = removal;
    return { kind: "good", read, sha256, context: text.context, before, roster: judged.roster, removals };
  } catch (error) {
    if (!isOfAws(error)) throw error;
    return refused(check, unreadable(error), read?.version ?? 0);
  }
}

/** Which rules the document breaks, together with what was reviewed and what other sources give. */
async function breaksRules(
  { ledger, sources }: Call["services"],
  { entry, now, source }: SourceCheck,
  { accepted, own, roster }: Omit<SourceRoster, "name"> & { readonly accepted: Roster },
): Promise<DocumentRefusal | undefined> {
  const { cluster } = entry;
  const { target } = await ledger.state(cluster);
  if (!target?.roster.rules) return undefined;
  const { name } = source;
  const known = { states: await sources.ledger.states(cluster, entry), reviewed: target.roster };
  const document = { name, own, roster: withinMailDomains(roster, source) };
  const broken = brokenByDocument(document, withinMailDomains(accepted, source), known, { cluster, now });
  const faults = Object.values(broken);
  return faults.length === 0
    ? undefined
    : { code: "SourceBreaksRules", problem: sentences(faults, FAULTS_NAMED).replace(/\.$/, "") };
}

/** More would not make a message clearer. */
const FAULTS_NAMED = 5;

/**
 * Whether the parameter is read as a new one, because somebody else may have written what the item says of
 * the last document. While the key of proofs does not answer, a document is not taken over again in each run:
 * the item gives nothing then.
 */
const isDistrusted = ({ unproven }: SourceItem): boolean => unproven === "missing" || unproven === "invalid";

function refused(
  { entry, source }: SourceCheck,
  { code, problem }: DocumentRefusal,
  version: number,
  sha256 = "",
): RefusedVerdict {
  const parameter = `parameter ${source.parameter}${version > 0 ? `, version ${version}` : ""}`;
  const message =
    `${entry.cluster}: ${source.name} (${parameter}): ${problem}. ` +
    "Nothing was changed; what was accepted last stays in force.";
  return { kind: "refused", code, message, version, sha256 };
}

const unreadable = (error: Error): DocumentRefusal => ({
  code: "SourceUnreadable",
  problem: `it could not be read: ${errorText(error)}`,
});

const NETWORK_ERRORS = new Set(["TimeoutError", "NetworkingError", "CredentialsProviderError"]);

/** Whether an error is Parameter Store's, or of the network on the way to it. */
const isOfAws = (error: unknown): error is Error =>
  error instanceof Error &&
  ("$metadata" in error ||
    NETWORK_ERRORS.has(error.name) ||
    ("code" in error && typeof error.code === "string" && /^E[A-Z]+$/.test(error.code)));
