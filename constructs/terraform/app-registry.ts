import type { IConstruct } from "constructs";

/**
 * What constructs anywhere in one app have in common, by the app. It is no construct, so that it shows nowhere and costs nothing to
 * search.
 */
export class AppRegistry<V> {
  private readonly apps = new WeakMap<IConstruct, Map<string, V>>();

  /** The entries of the app that `scope` is in. */
  of(scope: IConstruct): Map<string, V> {
    const root = scope.node.root;
    const entries = this.apps.get(root) ?? new Map<string, V>();
    this.apps.set(root, entries);
    return entries;
  }
}
