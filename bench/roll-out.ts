import type { ReconcilerProps } from "../constructs";
import { defined } from "../core/json";
import type { Terraform } from "../local/terraform/terraform";
import type { Users } from "../test/support/terraform/declaration";
import { must } from "../test/support/terraform/plan";
import type { Scenario } from "../test/support/terraform/scenario";
import { timed } from "./measure";
import { sampleAccount } from "./sample-roster";

/** A cluster that was applied for the first time. */
export interface Rollout {
  readonly terraform: Terraform;
  /** The time of `terraform apply` with its plan, without `init`. */
  readonly ms: number;
}

export interface RolloutOptions {
  /** How many users, with two grants each. */
  readonly count: number;
  /** See `AuroraClusterProps.records`. */
  readonly records: "grant" | "cluster";
  /** The server that the cluster lives on. @default "orders" */
  readonly server?: string;
  /** The cluster's own functions. @default - the world's functions */
  readonly functions?: Partial<ReconcilerProps>;
}

/** Applies a cluster for the first time. */
export async function rollOut(
  scenario: Scenario,
  { count, records, server, functions }: RolloutOptions,
): Promise<Rollout> {
  const terraform = await scenario.declare(
    defined({ users: sampleUsers(count), cluster: { records }, server, functions }),
  );
  const ms = await timed(async () => must(await terraform.apply()));
  return { terraform, ms };
}

/** Users with two grants each. */
export const sampleUsers = (count: number): Record<string, Users[string]> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const { user, databases } = sampleAccount(index);
      const grants = Object.entries(databases).map(
        ([database, { role, expires, reason }]) => [database, defined({ role, expires, reason })] as const,
      );
      return [user, Object.fromEntries(grants)];
    }),
  );
