import type { IConstruct } from "constructs";
import { ValidationError } from "./validation-error";

/**
 * Constructs that all constructs of an app share, in one map per app. The registry is not a construct, so it
 * does not appear in the construct tree, and a lookup does not search the tree.
 */
export class AppRegistry<V extends IConstruct> {
  readonly #apps = new WeakMap<IConstruct, Map<string, V>>();

  /** The entries of the app that `scope` belongs to. */
  of(scope: IConstruct): Map<string, V> {
    const root = scope.node.root;
    const entries = this.#apps.get(root) ?? new Map<string, V>();
    this.#apps.set(root, entries);
    return entries;
  }

  /**
   * Enters a construct in its app.
   * @param refusal the message of the error, given the construct that already has the key
   * @throws ValidationError if a construct of the app already has the key
   */
  claim(key: string, construct: V, refusal: (other: V) => string): void {
    const entries = this.of(construct);
    const other = entries.get(key);
    if (other !== undefined) throw new ValidationError(refusal(other), construct);
    entries.set(key, construct);
  }
}
