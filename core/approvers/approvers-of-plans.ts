import { escapeDatabase } from "../mysql/database-name";
import { databasePattern, EVERYWHERE, nativeRole } from "../roster/granted-object";
import { grantsOf, type PlacedGrant } from "../roster/roster";
import type { AccessPlan, ClusterPlan } from "../summary/cluster-plan";
import { type Effect, explainStatements } from "../summary/explain-statements";
import { summarizePlan } from "../summary/summarize-plan";
import { type Approvals, approversOf, type Beyond } from "./approvers-of";
import type { ChangedGrant, Rosters } from "./changed-grants";
import type { OwnedState } from "./owned-state";

/**
 * Who has to agree to plans: the rosters are those of the plans, which also have what an app declares itself,
 * and drift counts. Owners are those of the folder before and after.
 */
export function approversOfPlans(
  before: OwnedState,
  after: OwnedState,
  plans: readonly AccessPlan[],
): Approvals {
  const clusters = plans.flatMap(plan => plan.clusters);
  const rosters = (side: "before" | "after"): Rosters =>
    Object.fromEntries(clusters.flatMap(one => (one[side] ? [[one.cluster, one[side]] as const] : [])));
  return approversOf(
    { owners: before.owners, rosters: rosters("before") },
    { owners: after.owners, rosters: rosters("after") },
    joined(plans.map(beyondOf)),
  );
}

const joined = (all: readonly Beyond[]): Beyond => ({
  drift: all.flatMap(({ drift }) => drift),
  unsure: all.flatMap(({ unsure }) => unsure),
});

function beyondOf(plan: AccessPlan): Beyond {
  const shown = new Map(summarizePlan(plan).clusters.map(one => [one.cluster, one.statements]));
  const ofClusters = plan.clusters.map(one => {
    const rosters = { cluster: one.cluster, before: one.before, after: one.after, now: plan.now };
    const { drift, unread } = explainStatements(shown.get(one.cluster) ?? [], rosters);
    return {
      drift: drift.flatMap(effect => changedBy(effect, one)),
      unsure: [
        ...(one.isUnknown && !one.after
          ? [`the plan does not know yet who has access to ${one.cluster} after it`]
          : []),
        ...(unread > 0 ? [`SQL on ${one.cluster} could not be read (statements: ${unread})`] : []),
      ],
    };
  });
  const errored = plan.errored ? ["the plan failed: it is not whole"] : [];
  return joined([{ drift: [], unsure: errored }, ...ofClusters]);
}

const GIVES = ["grant", "grant-role", "default-role", "create", "unlock"];
/** The database of an object in SQL: `` `shop`.* ``, `` PROCEDURE `shop`.`p` ``. */
const DATABASE = /^(?:(?:TABLE|PROCEDURE|FUNCTION) )?`((?:[^`]|``)+)`\.(\*?)/;

/** The grants that an effect is about: where it is about an account itself, all grants of the account. */
function changedBy({ rest, user, verb }: Effect, { after, before, cluster }: ClusterPlan): ChangedGrant[] {
  const account = [after, before]
    .map(roster => (roster && Object.hasOwn(roster.accounts, user) ? roster.accounts[user] : undefined))
    .find(found => found !== undefined);
  const isOfPrivilege = verb === "grant" || verb === "revoke";
  const found = isOfPrivilege ? DATABASE.exec(rest) : undefined;
  const isOfAccount = !isOfPrivilege && !verb.endsWith("role") && account !== undefined;
  const places = isOfAccount ? grantsOf(account) : [found ? placeIn(found[1]!, found[2] === "*") : SERVER];
  return places.map(placed => ({
    cluster,
    account: user,
    person: account?.owner ?? account?.user ?? user,
    placed,
    side: GIVES.includes(verb) ? "after" : "before",
  }));
}

/** A grant that no roster has: only its place counts. */
const FOUND = { role: "" };
const SERVER: PlacedGrant = { database: EVERYWHERE, object: nativeRole("any"), grant: FOUND };

/** @param quoted the name within the backticks. That of a whole database is a pattern to MySQL. */
function placeIn(quoted: string, isWhole: boolean): PlacedGrant {
  const name = quoted.replaceAll("``", "`");
  const plain = name.replace(/\\([_%\\])/g, "$1");
  if (!isWhole || escapeDatabase(plain) === name) return { database: isWhole ? plain : name, grant: FOUND };
  return { database: name, object: databasePattern(name), grant: FOUND };
}
