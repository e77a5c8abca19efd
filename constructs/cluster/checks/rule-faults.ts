import type { IConstruct } from "constructs";
import { byCodeUnit } from "../../../core/json";
import type { Roster } from "../../../core/roster/roster";
import { type Holding, ruleViolations, violationText } from "../../../core/rules";
import { AppRegistry } from "../../terraform/app-registry";
import { ClusterRoster } from "../cluster-roster";

interface NamedCluster extends IConstruct {
  readonly name: string;
}

const ruled = new AppRegistry<NamedCluster>();
const rosters = new WeakMap<IConstruct, ClusterRoster>();

/**
 * A roster for the cluster. When all stacks are complete, the rules of all clusters of the app are checked
 * together: what a `UserGrant` gives is in no users folder. The app's first cluster reports for all.
 */
export function ruledRoster(cluster: NamedCluster, sources: ReadonlyMap<string, unknown>): ClusterRoster {
  const roster = new ClusterRoster(cluster.name, cluster, sources);
  ruled.claim(cluster.node.path, cluster, () => "");
  rosters.set(cluster, roster);
  cluster.node.addValidation({ validate: () => ruleFaults(cluster) });
  return roster;
}

/**
 * Declares rules of a users folder. They hold for all accounts of the cluster, no matter who declares them.
 * @throws ValidationError if another folder has another rule of that name
 */
export const addRules = (cluster: NamedCluster, rules: NonNullable<Roster["rules"]>): void =>
  rosters.get(cluster)?.addRules(rules);

function ruleFaults(cluster: NamedCluster): string[] {
  const clusters = [...ruled.of(cluster).values()].sort((a, b) => byCodeUnit(a.node.path, b.node.path));
  if (clusters[0] !== cluster) return [];
  const all = clusters.map(one => ({ cluster: one.name, roster: rosters.get(one)!.toRoster() }));
  const placeOf = (holding: Holding) => {
    const found = clusters.find(({ name }) => name === holding.cluster)!;
    return ` (${holding.account}, by ${rosters.get(found)?.originOf(holding.account)})`;
  };
  return ruleViolations(all, new Date())
    .filter(({ alone }) => alone !== "ended")
    .map(violation => `${violationText(violation, placeOf)}; ${violation.hint}`);
}
