import type { IConstruct } from "constructs";

/**
 * Values that all constructs of an app share, in one map per app. The registry is not a construct, so it does
 * not appear in the construct tree, and a lookup does not search the tree.
 */
export class AppRegistry<V> {
  readonly #apps = new WeakMap<IConstruct, Map<string, V>>();

  /** The entries of the app that `scope` belongs to. */
  of(scope: IConstruct): Map<string, V> {
    const root = scope.node.root;
    const entries = this.#apps.get(root) ?? new Map<string, V>();
    this.#apps.set(root, entries);
    return entries;
  }
}
