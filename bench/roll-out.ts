import type { Terraform } from "../local/terraform/terraform";
import type { Users } from "../test/support/terraform/declaration";
import { must } from "../test/support/terraform/plan";
import type { Scenario } from "../test/support/terraform/scenario";
import { timed } from "./measure";
import { sampleAccount } from "./sample-roster";

/** A cluster that was applied for the first time. */
export interface Rollout {
  readonly terraform: Terraform;
  /** What `terraform apply` took, plan included, `init` not. */
  readonly ms: number;
}

/** Applies a cluster of so many users for the first time. */
export async function rollOut(
  scenario: Scenario,
  count: number,
  records: "grant" | "cluster",
): Promise<Rollout> {
  const terraform = await scenario.declare({ users: sampleUsers(count), cluster: { records } });
  const ms = await timed(async () => must(await terraform.apply()));
  return { terraform, ms };
}

/** So many users with two grants each. */
export const sampleUsers = (count: number): Record<string, Users[string]> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const { user, databases } = sampleAccount(index);
      const grants = Object.entries(databases).map(([database, { role, expires, reason }]) => {
        return [database, { role, ...(expires ? { expires } : {}), ...(reason ? { reason } : {}) }] as const;
      });
      return [user, Object.fromEntries(grants)];
    }),
  );
