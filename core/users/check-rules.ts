import { groupBy } from "../group-by";
import { objectKey } from "../roster/granted-object";
import { managedName, type OwnNames } from "../roster/managed-names";
import type { ClusterRoster } from "../rules";
import { type Holding, type RuleViolation, ruleViolations, violationText } from "../rules";
import type { LocatedGrant } from "./resolve-grant";
import type { Rules } from "./resolve-rules";
import type { LocatedUser } from "./resolve-user";

/** What the rosters were made of, to find what a grant of theirs comes from. */
export interface RuleSubjects {
  readonly users: readonly LocatedUser[];
  readonly rules: Rules;
  /** The names of accounts on a cluster. */
  readonly namesOn: (cluster: string) => OwnNames;
  readonly now: Date;
}

/** Reports each rule that the rosters break, at the last of its grants; the message has the places of all. */
export function checkRules(rosters: readonly ClusterRoster[], subjects: RuleSubjects): void {
  const violations = ruleViolations(rosters, subjects.now);
  if (violations.length === 0) return;
  const find = grantFinder(subjects);
  // A team's grant is one mistake, however many members it has.
  const mistakes = groupBy(violations, violation => {
    const [only, second] = violation.at;
    const field = second || only?.grant.team === undefined ? undefined : find(only)?.field;
    return field ? JSON.stringify([violation.rule, field.file.file, field.path]) : violation;
  });
  for (const [first, ...alike] of mistakes.values()) report(first!, alike.length, { ...subjects, find });
}

function report(
  violation: RuleViolation,
  more: number,
  { find, rules }: { readonly rules: Rules; readonly find: (holding: Holding) => LocatedGrant | undefined },
) {
  const { hint, rule, shown } = violation;
  const where = find(shown.at(-1)!)?.field ?? rules.field(rule);
  const placeOf = (holding: Holding) => {
    const found = find(holding);
    return found ? ` (${found.field.place()})` : "";
  };
  const written = rules.field(rule);
  const text = violationText(
    { ...violation, rule: `"${rule}"${written ? ` (${written.place()})` : ""}` },
    placeOf,
  );
  const problem = more > 0 ? `${text}. It is the same for ${more} more of the team` : text;
  // Time broke the rule, not a change: one that takes other access away must go through.
  if (violation.alone === "ended") where?.warn(problem, { hint });
  else where?.error(problem, { hint });
}

/** Finds the grant of a file that a roster's grant comes from. */
function grantFinder({ namesOn, users }: RuleSubjects): (holding: Holding) => LocatedGrant | undefined {
  const keyOf = (...parts: readonly (string | undefined)[]) => JSON.stringify(parts);
  const all = new Map<string, LocatedGrant>();
  for (const { grants, user } of users)
    for (const located of grants) {
      const { cluster, databases, objects = [], team } = located.grant;
      const account = managedName(namesOn(cluster), user.account);
      const keys = [
        ...databases.map(database => keyOf(cluster, account, team, database)),
        ...objects.map(object => keyOf(cluster, account, team, "", object)),
      ];
      for (const key of keys) if (!all.has(key)) all.set(key, located);
    }
  return ({ account, cluster, database, grant: { team }, object }) =>
    all.get(keyOf(cluster, account, team, ...(object ? ["", objectKey(object)] : [database])));
}
