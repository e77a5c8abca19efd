import type { IConstruct } from "constructs";
import { nearestHint } from "../../core/users/nearest";
import type { IReconciler } from "../reconciler/reconciler-props";
import { AppRegistry } from "../terraform/app-registry";
import { declaredTwice } from "../terraform/claimed-names";

/** A cluster that the app declares. */
export interface DeclaredCluster extends IConstruct {
  readonly name: string;
  readonly reconciler: IReconciler;
  /** The interval of its enforcement, in minutes. */
  readonly everyMinutes: number;
}

const declared = new AppRegistry<DeclaredCluster>();

const keyOf = (reconciler: IReconciler, cluster: string): string => `${reconciler.name}/${cluster}`;

/**
 * Registers a cluster in its app.
 * @throws ValidationError if the reconciler already has a cluster of that name: the two would share an SSM
 * parameter, a ledger entry and, in one stack, every address
 */
export function declareCluster(cluster: DeclaredCluster): void {
  const key = keyOf(cluster.reconciler, cluster.name);
  declared.claim(key, cluster, other => declaredTwice(`cluster ${cluster.name}`, other, cluster));
}

/** The names of the reconciler's clusters in the app that `scope` belongs to, in order. */
export const declaredClusters = (scope: IConstruct, reconciler: IReconciler): string[] =>
  [...declared.of(scope).values()]
    .filter(cluster => cluster.reconciler.name === reconciler.name)
    .map(cluster => cluster.name)
    .sort();

/** The interval of a cluster's enforcement, in minutes; undefined if the app does not declare the cluster. */
export const declaredInterval = (scope: IConstruct, reconciler: IReconciler, cluster: string) =>
  declared.of(scope).get(keyOf(reconciler, cluster))?.everyMinutes;

const elsewhere = new AppRegistry<IConstruct & { readonly declaredElsewhere: readonly string[] }>();

/** Registers names of clusters that other apps declare. */
export const declareElsewhere = (
  check: IConstruct & { readonly declaredElsewhere: readonly string[] },
): void => elsewhere.claim(check.node.path, check, () => "");

/**
 * Checks names of clusters when all stacks are complete. An app that declares no cluster knows none.
 * @param reconciler whose clusters they are; undefined for those of any
 */
export function expectDeclared(scope: IConstruct, names: readonly string[], reconciler?: IReconciler): void {
  const validate = () => {
    const own = [...declared.of(scope).values()].filter(
      cluster => reconciler === undefined || cluster.reconciler.name === reconciler.name,
    );
    if (own.length === 0) return [];
    const others = [...elsewhere.of(scope).values()].flatMap(check => check.declaredElsewhere);
    const known = [...new Set([...own.map(({ name }) => name), ...others])].sort();
    return [...new Set(names)]
      .filter(name => !known.includes(name))
      .map(
        name =>
          `\`clusters\`: the app declares no cluster "${name}"; ${nearestHint(name, known, "")} (if another app ` +
          "declares it, name it in `declaredElsewhere` of an `AccessStackCheck`)",
      );
  };
  scope.node.addValidation({ validate });
}
