<<<<<<< HEAD
import type { RosterRules } from "../roster/roster-rules";
=======
import { byCodeUnit, canonicalJson } from "../json";
import { withoutPeople } from "../roster/roster-rules";
>>>>>>> h-rules2
import type { ComparedRosters } from "./compared-rosters";
import { memberChanges } from "./entry-changes";

/**
 * What changes of the rules of a cluster, as a warning: who may have access later depends on it. Rules that
 * only get stricter are named, too. No warning where a cluster comes or goes, nor for the `people` of a rule:
 * they follow from addresses of users.
 */
export function ruleWarnings({ after, before }: ComparedRosters): string[] {
  if (!before || !after) return [];
<<<<<<< HEAD
  const [old, young]: RosterRules[] = [before.rules ?? {}, after.rules ?? {}];
  const texts = memberChanges(old!, young!);
=======
  const [old, young] = [before, after].map(({ rules = {} }) => withoutPeople(rules));
  const names = [...new Set([...Object.keys(old!), ...Object.keys(young!)])].sort(byCodeUnit);
  const texts = names.flatMap(name => {
    const [was, is] = [old, young].map(rules => (Object.hasOwn(rules!, name) ? rules![name] : undefined));
    if (was === undefined) return [`${name} added`];
    if (is === undefined) return [`${name} DROPPED`];
    return canonicalJson(was) === canonicalJson(is) ? [] : [`${name} changed`];
  });
>>>>>>> h-rules2
  if (texts.length === 0) return [];
  return [`${texts.length} ${texts.length === 1 ? "rule changes" : "rules change"}: ${texts.join(", ")}`];
}
