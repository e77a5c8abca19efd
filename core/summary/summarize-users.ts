import { byCodeUnit } from "../json";
import type { Roster } from "../roster/roster";
import { accessChanges } from "./access-changes";
import { ruleWarnings } from "./rule-changes";
import { summaryOf } from "./summarize-plan";
import type { Summary } from "./summary";

/** Rosters by cluster, as a users folder declares them. */
export type Rosters = Readonly<Record<string, Roster>>;

/** Who gains and loses access between two states of a users folder. No database is asked. */
export function summarizeUsers(before: Rosters, after: Rosters, now: Date): Summary {
  const clusters = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(byCodeUnit);
  const roster = (rosters: Rosters, cluster: string) =>
    Object.hasOwn(rosters, cluster) ? rosters[cluster] : undefined;
  const compared = clusters.map(cluster => ({
    cluster,
    before: roster(before, cluster),
    after: roster(after, cluster),
    now,
  }));
  const parts = compared.map(rosters => ({
    changes: accessChanges(rosters),
    cluster: {
      cluster: rosters.cluster,
      state: "declared" as const,
      warnings: ruleWarnings(rosters),
      statements: [],
      driftStatements: 0,
      ended: [],
      notes: [],
    },
  }));
  return summaryOf("users", now, parts);
}
