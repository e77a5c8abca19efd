import { withoutPeople } from "../roster/roster-rules";
import type { ComparedRosters } from "./compared-rosters";
import { changedMembers } from "./entry-changes";

/**
 * What changes of the rules of a cluster, as a warning: who may have access later depends on it. Rules that
 * only get stricter are named, too. No warning where a cluster comes or goes, nor for the `people` of a rule:
 * they follow from addresses of users.
 */
export function ruleWarnings({ after, before }: ComparedRosters): string[] {
  if (!before || !after) return [];
  const [old, young] = [before, after].map(({ rules = {} }) => withoutPeople(rules));
  const texts = changedMembers(old!, young!);
  if (texts.length === 0) return [];
  return [`${texts.length} ${texts.length === 1 ? "rule changes" : "rules change"}: ${texts.join(", ")}`];
}
