import type { RegistryEntry } from "../../../core/contract/registry-entry";
import type { RunRight } from "../../../core/contract/run-role";
import type { AccessDeniedRetry } from "../aws/access-denied-retry";
import type { Registry } from "../aws/registry";
import { type AssumeRole, RunRole } from "../aws/run-role";
import type { ClusterServices, Services } from "./services";

/** Whose credentials a run's clients have, and what to do when a service does not take them any more. */
export type RunAs = Pick<RunRole, "credentials" | "forget">;

/** For how many clusters a container keeps its clients. */
const KEPT = 20;

/**
 * The services of runs, by the cluster and its run role. A container keeps them, with the role's credentials,
 * for later runs about the same cluster, and never uses them for another.
 */
export class RunServices {
  readonly #kept = new Map<string, ClusterServices>();
  readonly #right: RunRight;
  readonly #retry: AccessDeniedRetry;
  readonly #make: (run: RunAs) => ClusterServices;
  /** The ARNs of roles that answered, also of clusters that are not kept. */
  readonly #used = new Set<string>();
  readonly #assumeRole: AssumeRole | undefined;

  /** @param assumeRole tests hand in their own */
  constructor(
    right: RunRight,
    retry: AccessDeniedRetry,
    make: (run: RunAs) => ClusterServices,
    assumeRole?: AssumeRole,
  ) {
    this.#right = right;
    this.#retry = retry;
    this.#make = make;
    this.#assumeRole = assumeRole;
  }

  /**
   * What a run about the entry's cluster uses: nothing else than before if the entry names no run roles, as
   * those of earlier releases. With run roles, the entry is not read a second time.
   */
  of(entry: RegistryEntry, registry: Registry): Partial<Services> {
    if (entry.runRoles === undefined) return {};
    const { cluster } = entry;
    const known: Registry = {
      entry: async name => (name === cluster ? entry : registry.entry(name)),
      has: async name => name === cluster || registry.has(name),
      directory: () => registry.directory(),
      removalParameter: name => registry.removalParameter(name),
      entries: () => registry.entries(),
    };
    return { registry: known, ...this.#as({ cluster, arn: entry.runRoles[this.#right] }) };
  }

  #as(role: { readonly cluster: string; readonly arn: string }): ClusterServices {
    const key = `${role.cluster} ${role.arn}`;
    const used = this.#used;
    const services =
      this.#kept.get(key) ?? this.#make(new RunRole({ ...role, used }, this.#retry, this.#assumeRole));
    // The one that was used last is the last to go.
    this.#kept.delete(key);
    this.#kept.set(key, services);
    for (const [first] of [...this.#kept].slice(0, Math.max(0, this.#kept.size - KEPT)))
      this.#kept.delete(first);
    return services;
  }
}
