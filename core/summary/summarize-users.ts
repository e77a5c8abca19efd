import { byCodeUnit } from "../json";
import type { Roster } from "../roster/roster";
import { accessChanges } from "./access-changes";
import { summaryOf } from "./summarize-plan";
import type { Summary } from "./summary";

/** Rosters by cluster, as a users folder declares them. */
export type Rosters = Readonly<Record<string, Roster>>;

/** Who gains and loses access between two states of a users folder. No database is asked. */
export function summarizeUsers(before: Rosters, after: Rosters, now: Date): Summary {
  const clusters = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byCodeUnit);
  const roster = (rosters: Rosters, cluster: string) =>
    Object.hasOwn(rosters, cluster) ? rosters[cluster] : undefined;
  const parts = clusters.map(cluster => ({
    changes: accessChanges({
      cluster,
      before: roster(before, cluster),
      after: roster(after, cluster),
      now,
    }),
    cluster: {
      cluster,
      state: "declared" as const,
      warnings: [],
      statements: [],
      driftStatements: 0,
      ended: [],
      notes: [],
    },
  }));
  return summaryOf("users", now, parts);
}
