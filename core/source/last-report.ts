/** What was reported last of a source, so that no one gets a message a minute. */
export interface LastReport {
  /** Identifies the fault that was reported; "" once it is over. */
  readonly what: string;
  readonly at: string;
}

/** A source's faults are reported at most once in this time. */
const REPORT_EVERY_MS = 3_600_000;

/** Whether to report a fault now: it was not reported yet, and no other one was in the last hour. */
export const isToReport = (last: LastReport | undefined, what: string, now: Date): boolean =>
  last === undefined || (last.what !== what && now.getTime() - Date.parse(last.at) >= REPORT_EVERY_MS);

/** The fault is over: if it comes back, it is another one. */
export const faultOver = (last: LastReport | undefined): LastReport | undefined =>
  last && { ...last, what: "" };
