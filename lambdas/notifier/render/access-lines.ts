import type { Access } from "../../../core/events/events";
import { byCodeUnit } from "../../../core/json";
import { momentText, oneLine } from "./plain-text";

/**
 * One database, or what is in one (`orders.customers (id)`), that an account can reach, could reach, or can
 * reach in another way than before; as templates see it.
 */
export interface AccessLine {
  readonly database: string;
  readonly role: string;
  /** `2027-04-01 00:00 UTC`, the first moment without access; empty: no end. */
  readonly until: string;
  readonly reason: string;
  /** `project/environment` if the grant came from one, `team billing` if it is a team's, else empty. */
  readonly project: string;
  /** The role before, if it was another, else empty. */
  readonly roleBefore: string;
  /** The end before, if it was another (`no end` if there was none), else empty. */
  readonly untilBefore: string;
  readonly isNew: boolean;
  readonly isEnded: boolean;
  readonly isChanged: boolean;
  readonly isSame: boolean;
}

type Change = "new" | "changed" | "ended" | "same";

const until = (access: Access) => (access.expires === undefined ? "" : momentText(access.expires));

const placeOf = ({ database, object }: Access): string =>
  object === undefined ? database : database === EVERYWHERE ? object : `${database}.${object}`;
const originOf = ({ project, team }: Access): string =>
  [project, team && `team ${team}`].filter(Boolean).join(", ");
/** Of several grants on one place, each is compared with the one of the same team, or of none. */
const grantKey = (access: Access): string => JSON.stringify([placeOf(access), access.team ?? null]);
/** In place of a database, where the object is not in one. */
const EVERYWHERE = "*";

const lineOf = (access: Access, change: Change, was?: Access): AccessLine => ({
  database: oneLine(placeOf(access)),
  role: oneLine(access.role),
  until: until(access),
  reason: oneLine(access.reason ?? ""),
  project: oneLine(originOf(access)),
  roleBefore: was && was.role !== access.role ? oneLine(was.role) : "",
  untilBefore: was && was.expires !== access.expires ? until(was) || "no end" : "",
  isNew: change === "new",
  isEnded: change === "ended",
  isChanged: change === "changed",
  isSame: change === "same",
});

/** What an account can reach now and could reach before: changes first, then by database. */
export function accessLines(before: readonly Access[], after: readonly Access[]): AccessLine[] {
  const was = new Map(before.map(access => [grantKey(access), access]));
  const is = new Set(after.map(grantKey));
  const now = after.map(access => {
    const earlier = was.get(grantKey(access));
    if (!earlier) return lineOf(access, "new");
    const isSame = earlier.role === access.role && earlier.expires === access.expires;
    return isSame ? lineOf(access, "same") : lineOf(access, "changed", earlier);
  });
  const ended = before.filter(access => !is.has(grantKey(access))).map(access => lineOf(access, "ended"));
  const order = (line: AccessLine) => [line.isNew, line.isChanged, line.isEnded, line.isSame].indexOf(true);
  return [...now, ...ended].sort((a, b) => order(a) - order(b) || byCodeUnit(a.database, b.database));
}

/** Grants that end, as they were. */
export const endingLines = (ending: readonly Access[]): AccessLine[] =>
  [...ending].sort((a, b) => byCodeUnit(placeOf(a), placeOf(b))).map(access => lineOf(access, "ended"));
