import type { ParameterSource, RegistryEntry } from "../../../core/contract/registry-entry";
import { accountNames, type Roster } from "../../../core/roster/roster";
import { pause } from "../../runtime/deadline";
import { LedgerError } from "../runtime/errors";
import type { Call } from "../services/services";
import type { AuditEntry } from "../store/audit-trail";
import { entryText, type SourceState } from "../store/source-ledger";
import type { SourceItem } from "../store/source-ledger-item";
import { type GoodVerdict, judgeSource, type RefusedVerdict, type SourceRefusal } from "./source-verdict";

const ATTEMPTS = 6;

/** A document that is the source's roster now. Numbers are of accounts. */
export interface AcceptedSource {
  readonly source: string;
  /** Who wrote the parameter. */
  readonly by?: string | undefined;
  /** The parameter's version. */
  readonly version: number;
  readonly removed: number;
  readonly added: number;
  readonly changed: number;
}

/** A document that changes nothing: the last good one stays in force. */
export interface RefusedSource {
  readonly source: string;
  readonly code: SourceRefusal;
  readonly message: string;
  /** Whether this very refusal was not told before. */
  readonly new: boolean;
}

export interface SourceReading {
  /** All sources as they are after reading. */
  readonly states: readonly SourceState[];
  readonly accepted: readonly AcceptedSource[];
  readonly refused: readonly RefusedSource[];
}

/**
 * Reads every parameter that the entry names, and makes each good new document its source's target in the ledger. What is no
 * good is refused, recorded and told once, and changes nothing. Nothing happens in the database.
 *
 * @throws LedgerError
 */
export async function readSources(call: Call, entry: RegistryEntry, cluster: string): Promise<SourceReading> {
  const accepted: AcceptedSource[] = [];
  const refused: RefusedSource[] = [];
  for (const source of entry.sources) {
    const outcome = await readSource(call, entry, cluster, source);
    if (outcome && "code" in outcome) refused.push(outcome);
    else if (outcome) accepted.push(outcome);
  }
  return { states: await call.services.sources.ledger.states(cluster, entry), accepted, refused };
}

/** Another run may be reading the same: whoever comes second reads again. */
async function readSource(
  call: Call,
  entry: RegistryEntry,
  cluster: string,
  source: ParameterSource,
): Promise<AcceptedSource | RefusedSource | undefined> {
  const { ledger } = call.services.sources;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const known = await ledger.item(cluster, source.name);
    const verdict = await judgeSource(call, entry, source, known);
    if (verdict.kind === "absent") return undefined;
    if (verdict.kind === "unchanged") {
      const clean = { ...known, refused: undefined };
      if (!known.refused || (await ledger.replace(cluster, source.name, known, clean))) return undefined;
    } else {
      const outcome =
        verdict.kind === "good"
          ? await accept(call, cluster, source, known, verdict)
          : await refuse(call, cluster, source, known, verdict);
      if (outcome) return outcome;
    }
    await pause(20 * attempt + Math.random() * 50);
  }
  throw new LedgerError(
    `${cluster}: the source ${source.name} changed ${ATTEMPTS} times while it was being read.`,
  );
}

/** @returns undefined when another run was faster */
async function refuse(
  call: Call,
  cluster: string,
  source: ParameterSource,
  known: SourceItem,
  { code, message, sha256, version }: RefusedVerdict,
): Promise<RefusedSource | undefined> {
  const outcome = { source: source.name, code, message };
  const { refused } = known;
  if (refused?.code === code && refused.version === version && refused.sha256 === sha256)
    return { ...outcome, new: false };
  const after = { ...known, refused: { code, version, sha256 } };
  if (!(await call.services.sources.ledger.replace(cluster, source.name, known, after))) return undefined;
  const parameter = { parameter: source.parameter, parameterVersion: version, documentSha256: sha256 };
  await record(call, {
    kind: "refused",
    cluster,
    source: source.name,
    ...parameter,
    code,
    message: message.slice(0, 8_000),
  });
  return { ...outcome, new: true };
}

/** @returns undefined when another run was faster */
async function accept(
  call: Call,
  cluster: string,
  { name, parameter }: ParameterSource,
  known: SourceItem,
  { before, context, read, roster, sha256 }: GoodVerdict,
): Promise<AcceptedSource | undefined> {
  const { ledger, parameters } = call.services.sources;
  const { modified, version } = read;
  const by = await parameters.author(parameter, version);
  const earlier = [before, await ledger.roster(cluster, known.applied)].flatMap(accountNames);
  const formerly = [...new Set([...known.formerly, ...earlier])].filter(
    account => !Object.hasOwn(roster.accounts, account),
  );
  const target = await ledger.writeRoster(cluster, name, roster);
  const { applied } = known;
  const after = {
    ...known,
    parameterVersion: version,
    ...{ modified, sha256, context, by, target, applied },
    formerly,
    refused: undefined,
  };
  if (!(await ledger.replace(cluster, name, known, after))) {
    await ledger.discard(cluster, target);
    return undefined;
  }
  const changes = changesBetween(before, roster);
  const what = { parameter, parameterVersion: version, modified, documentSha256: sha256, ...changes };
  await record(call, { kind: "source", cluster, source: name, by, ...what });
  return { source: name, by, version, ...changes };
}

function changesBetween(before: Roster, after: Roster): { removed: number; added: number; changed: number } {
  const was = accountNames(before);
  const is = accountNames(after);
  return {
    removed: was.filter(name => !Object.hasOwn(after.accounts, name)).length,
    added: is.filter(name => !Object.hasOwn(before.accounts, name)).length,
    changed: was.filter(
      name => Object.hasOwn(after.accounts, name) && entryText(before, name) !== entryText(after, name),
    ).length,
  };
}

/**
 * The ledger has it by now, and nothing was given by it yet: that is recorded with an intent of its own. So a trail that cannot be
 * written is no reason to keep anybody's access; what should stand in it goes to the log.
 */
async function record({ services }: Call, entry: Omit<AuditEntry, "when">): Promise<void> {
  await services.audit
    .append({ ...entry, when: services.now().toISOString() } as AuditEntry)
    .catch((error: Error) => {
      const told = Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, String(value)]));
      services.log.error("source not in the audit trail", { ...told, reason: error.message });
    });
}
