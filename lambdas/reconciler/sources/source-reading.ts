import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { accountNames, filterAccounts, type Roster } from "../../../core/roster/roster";
import {
  changedAccounts,
  faultOver,
  isToReport,
  type SourceChanges,
  type SourceRefusal,
  sourceChanges,
} from "../../../core/source";
import { retryConflict } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import type { Call } from "../services/services";
import type { AuditEntry } from "../store/audit-trail";
import type { SourceState } from "../store/source-ledger";
import type { SourceItem } from "../store/source-ledger-item";
import { type GoodVerdict, judgeSource, type RefusedVerdict, type SourceToJudge } from "./source-verdict";

const ATTEMPTS = 6;
const FAILED: SourceRefusal = "SourceFailed";

/** A document that became the source's roster. Numbers are of accounts. */
export interface AcceptedSource extends SourceChanges {
  readonly source: string;
  /** Who wrote the parameter. */
  readonly by?: string | undefined;
  /** The parameter's version. */
  readonly version: number;
}

/** A document that changes nothing: the last accepted one stays in force. */
export interface RefusedSource {
  readonly source: string;
  readonly code: SourceRefusal;
  readonly message: string;
  /** Whether to report the refusal now: once, and at most one of the source in an hour. */
  readonly new: boolean;
}

export interface SourceReading {
  /** All sources as they are after reading. */
  readonly states: readonly SourceState[];
  readonly accepted: readonly AcceptedSource[];
  readonly refused: readonly RefusedSource[];
}

/**
 * Reads every parameter that the entry names, and makes each valid new document its source's target in the
 * ledger. Other documents are refused, recorded and reported once, and change nothing. The database is not
 * touched.
 * @throws LedgerError
 */
export async function readSources(call: Call, entry: RegistryEntry, cluster: string): Promise<SourceReading> {
  const accepted: AcceptedSource[] = [];
  const refused: RefusedSource[] = [];
  for (const source of entry.sources) {
    const reading = new OneReading(call, cluster, { entry, source });
    // No source may end the run: reviewed dates are enforced whatever a document does.
    const outcome = await reading.read().catch((error: unknown) => reading.failed(error));
    if (outcome === "unchanged") continue;
    if ("code" in outcome) refused.push(outcome);
    else accepted.push(outcome);
  }
  return { states: await call.services.sources.ledger.states(cluster, entry), accepted, refused };
}

/** The reading of one source. Another run may be reading the same one: the slower of the two reads again. */
class OneReading {
  readonly #call: Call;
  readonly #cluster: string;
  readonly #given: Omit<SourceToJudge, "known">;

  constructor(call: Call, cluster: string, given: Omit<SourceToJudge, "known">) {
    this.#call = call;
    this.#cluster = cluster;
    this.#given = given;
  }

  get #ledger() {
    return this.#call.services.sources.ledger;
  }

  async read(): Promise<AcceptedSource | RefusedSource | "unchanged"> {
    const { name } = this.#given.source;
    const outcome = await retryConflict({ attempts: ATTEMPTS }, async () => {
      const known = await this.#ledger.item(this.#cluster, name);
      const verdict = await judgeSource(this.#call, { ...this.#given, known });
      switch (verdict.kind) {
        case "absent":
          return "unchanged";
        case "unchanged":
          return this.#clear(known);
        case "good":
          return this.#accept(known, verdict);
        case "refused":
          return this.#refuse(known, verdict);
      }
    });
    if (outcome) return outcome;
    throw new LedgerError(
      `${this.#cluster}: the source ${name} changed ${ATTEMPTS} times while it was being read.`,
    );
  }

  /** No fault remains. @returns undefined if another run wrote first */
  async #clear(known: SourceItem): Promise<"unchanged" | undefined> {
    const isClear = !known.refused && (known.reported?.what ?? "") === "";
    const clear = { ...known, refused: undefined, reported: faultOver(known.reported) };
    return isClear || (await this.#replace(known, clear)) ? "unchanged" : undefined;
  }

  /** What becomes of a document that could not be judged or taken over, for a reason that no one foresaw. */
  async failed(error: unknown): Promise<RefusedSource> {
    const { log, now } = this.#call.services;
    const { name } = this.#given.source;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : "no error";
    log.error("source failed", { source: name, reason });
    const message =
      `${this.#cluster}: ${name}: its document could not be taken over; the function's log says why ` +
      "(`source failed`). Nothing was changed; what was accepted last stays in force.";
    const report = { what: FAILED, at: now().toISOString() };
    const recordReport = async () => {
      const known = await this.#ledger.item(this.#cluster, name);
      return (
        isToReport(known.reported, FAILED, now()) && this.#replace(known, { ...known, reported: report })
      );
    };
    const isNew = await recordReport().catch(() => false);
    return { source: name, code: FAILED, message, new: isNew };
  }

  /** @returns undefined if another run wrote first */
  async #refuse(known: SourceItem, verdict: RefusedVerdict): Promise<RefusedSource | undefined> {
    const { code, message, nonce = known.nonce, sha256, version } = verdict;
    const { name, parameter } = this.#given.source;
    const outcome = { source: name, code, message };
    const { refused, reported } = known;
    const what = `${code} ${version} ${sha256}`;
    const now = this.#call.services.now();
    const isSame = refused?.code === code && refused.version === version && refused.sha256 === sha256;
    // An item of an earlier release that has a refusal and no report: it was reported.
    const isNew = isToReport(reported, what, now) && !(isSame && reported === undefined);
    if (isSame && !isNew) return { ...outcome, new: false };
    const report = isNew ? { what, at: now.toISOString() } : reported;
    const after = { ...known, nonce, refused: { code, version, sha256 }, reported: report };
    if (!(await this.#replace(known, after))) return undefined;
    if (isSame) return { ...outcome, new: isNew };
    await this.#record({
      kind: "refused",
      cluster: this.#cluster,
      source: name,
      parameter,
      parameterVersion: version,
      documentSha256: sha256,
      code,
      message: message.slice(0, 8_000),
    });
    return { ...outcome, new: isNew };
  }

  /** @returns undefined if another run wrote first */
  async #accept(known: SourceItem, verdict: GoodVerdict): Promise<AcceptedSource | undefined> {
    const { before, context, read, removals, roster, sha256 } = verdict;
    const { modified, version } = read;
    const { name, parameter } = this.#given.source;
    const by = await this.#call.services.sources.parameters.author(parameter, version);
    const { formerly, own } = await this.#ledger.accounts(this.#cluster, known);
    const earlier = [before, await this.#ledger.roster(this.#cluster, known.applied)].flatMap(accountNames);
    // What the source named and never got is not its own: nothing is taken away there.
    const declared = new Set([...formerly, ...earlier.filter(account => Object.hasOwn(own, account))]);
    const target = await this.#ledger.writeRoster(this.#cluster, name, roster);
    const accounts = await this.#ledger.writeAccounts(this.#cluster, name, {
      own,
      formerly: [...declared].filter(account => !Object.hasOwn(roster.accounts, account)),
    });
    const after = {
      ...known,
      ...(await this.#provenAgain(known, { target, roster })),
      parameterVersion: version,
      modified,
      sha256,
      context,
      by,
      target,
      ...accounts,
      removals,
      nonce: undefined,
      refused: undefined,
      reported: faultOver(known.reported),
    };
    if (!(await this.#replace(known, after))) {
      for (const id of [target, accounts.accounts]) await this.#ledger.discard(this.#cluster, id);
      return undefined;
    }
    const changes = sourceChanges(before, roster);
    await this.#record({
      kind: "source",
      cluster: this.#cluster,
      source: name,
      by,
      parameter,
      parameterVersion: version,
      modified,
      documentSha256: sha256,
      ...changes,
    });
    return { source: name, by, version, ...changes };
  }

  /**
   * What makes an unproven item a proven one: of the roster in force it keeps what the document says too.
   * Nothing for a proven one.
   */
  async #provenAgain(
    { applied, unproven }: SourceItem,
    fresh: { readonly target: string; readonly roster: Roster },
  ): Promise<Pick<SourceItem, "applied" | "unproven"> | undefined> {
    if (!unproven) return undefined;
    const { roster, target } = fresh;
    const before = await this.#ledger.roster(this.#cluster, applied);
    const changed = new Set(changedAccounts(before, roster));
    if (changed.size === 0) return { applied: target, unproven: undefined };
    const same = filterAccounts(roster, name => !changed.has(name));
    const { name } = this.#given.source;
    return { applied: await this.#ledger.writeRoster(this.#cluster, name, same), unproven: undefined };
  }

  #replace(before: SourceItem, after: SourceItem): Promise<boolean> {
    return this.#ledger.replace(this.#cluster, this.#given.source.name, before, after);
  }

  /**
   * The document is in the ledger, and nothing was granted by it yet: that is recorded with an intent of its
   * own. So an audit trail that cannot be written is no reason to keep anyone's access. The entry then goes
   * to the log.
   */
  async #record(entry: Omit<AuditEntry, "when">): Promise<void> {
    const { audit, log, now } = this.#call.services;
    try {
      await audit.append({ ...entry, when: now().toISOString() } as AuditEntry);
    } catch (error) {
      const { message: detail, ...others } = Object.fromEntries(
        Object.entries(entry).map(([name, value]) => [name, String(value)]),
      );
      log.error("source not in the audit trail", { ...others, detail, reason: (error as Error).message });
    }
  }
}
