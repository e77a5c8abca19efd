import type { Access } from "../../../core/events/events";
import { byCodeUnit } from "../../../core/json";
import { momentText, oneLine } from "./plain-text";

/** One database that an account can reach, could reach, or can reach otherwise than before; as templates see it. */
export interface AccessLine {
  readonly database: string;
  readonly role: string;
  /** `2027-04-01 00:00 UTC`, the first moment without it; empty: no end. */
  readonly until: string;
  readonly reason: string;
  /** `project/environment`, where the grant came from one; else empty. */
  readonly project: string;
  /** The role before, where it was another; else empty. */
  readonly roleBefore: string;
  /** The end before, where it was another (`no end` where there was none); else empty. */
  readonly untilBefore: string;
  readonly isNew: boolean;
  readonly isEnded: boolean;
  readonly isChanged: boolean;
  readonly isSame: boolean;
}

const until = (access: Access) => (access.expires === undefined ? "" : momentText(access.expires));

function lineOf(access: Access, change: "new" | "ended" | "changed" | "same", was?: Access): AccessLine {
  const untilWas = was && was.expires !== access.expires ? until(was) || "no end" : "";
  return {
    database: oneLine(access.database),
    role: oneLine(access.role),
    until: until(access),
    reason: oneLine(access.reason ?? ""),
    project: oneLine(access.project ?? ""),
    roleBefore: was && was.role !== access.role ? oneLine(was.role) : "",
    untilBefore: untilWas,
    isNew: change === "new",
    isEnded: change === "ended",
    isChanged: change === "changed",
    isSame: change === "same",
  };
}

/** What an account can reach now and could reach before, by database; what changed comes first. */
export function accessLines(before: readonly Access[], after: readonly Access[]): AccessLine[] {
  const was = new Map(before.map(access => [access.database, access]));
  const is = new Set(after.map(access => access.database));
  const now = after.map(access => {
    const earlier = was.get(access.database);
    if (!earlier) return lineOf(access, "new");
    const changed = earlier.role !== access.role || earlier.expires !== access.expires;
    return changed ? lineOf(access, "changed", earlier) : lineOf(access, "same");
  });
  const ended = before.filter(access => !is.has(access.database)).map(access => lineOf(access, "ended"));
  const order = (line: AccessLine) => [line.isNew, line.isChanged, line.isEnded, line.isSame].indexOf(true);
  return [...now, ...ended].sort((a, b) => order(a) - order(b) || byCodeUnit(a.database, b.database));
}

/** Grants that end, as they were. */
export const endingLines = (ending: readonly Access[]): AccessLine[] =>
  [...ending].sort((a, b) => byCodeUnit(a.database, b.database)).map(access => lineOf(access, "ended"));
