import type { Run } from "../../../core/events/run-events";
import { listSome } from "../../../core/name-some";
import { faultOver, isToReport, type SourceRefusal } from "../../../core/source";
import { failureEvent } from "../execute/finish-run";
import type { Call } from "../services/services";
import type { InspectedCluster } from "./enforcement-run";

const CODE: SourceRefusal = "SourceEntriesLeftOut";
const MOST_NAMED = 5;

/**
 * Reports accounts that cannot be as a source says. They are that source's failure: the run counts as done.
 * @returns the sources that name such accounts
 * @throws LedgerError
 */
export async function reportLeftOut(
  call: Call,
  run: Run,
  { sourceProblems, states }: Pick<InspectedCluster, "sourceProblems" | "states">,
): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const { broken = {}, name, roster } of states) {
    const leftOut = [...sourceProblems]
      .filter(([account]) => Object.hasOwn(roster.accounts, account))
      .map(([account, why]) => `${account} cannot be as it says, and is left out: ${why}`);
    const ofRules = Object.entries(broken).map(
      ([account, why]) => `${account} cannot be as it says, and gets less: ${why}`,
    );
    const faults = [...leftOut, ...ofRules];
    if (faults.length > 0) failed.push(name);
    await report(call, run, name, faults);
  }
  return failed;
}

async function report(
  { services }: Call,
  run: Run,
  source: string,
  faults: readonly string[],
): Promise<void> {
  const { outbox, sources } = services;
  const { cluster } = run;
  const { leftOut: last } = await sources.ledger.item(cluster, source);
  if (faults.length === 0) {
    if (last && last.what !== "")
      await sources.ledger.change(cluster, source, item => ({ ...item, leftOut: faultOver(item.leftOut) }));
    return;
  }
  const what = run.sha256(JSON.stringify(faults));
  if (!isToReport(last, what, run.at)) return;
  const message = `${cluster}: ${source}: ${listSome(faults, MOST_NAMED)} Its other accounts were processed.`;
  services.log.error("entries of a source left out", { source, detail: message.slice(0, 2_000) });
  const event = failureEvent(
    { ...run, action: "parameter" },
    { cause: "parameter", failure: { code: CODE, message }, about: `${source}#left-out` },
  );
  await outbox.hold(cluster, `${run.id}#left-out#${source}`, [event]);
  const at = run.at.toISOString();
  await sources.ledger.change(cluster, source, item => ({ ...item, leftOut: { what, at } }));
}
