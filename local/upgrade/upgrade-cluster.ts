import type { TerraformPlan } from "../terraform/terraform";
import type { Claims, Facts } from "./claims";
import type { Report } from "./report";
import { hookFaults, hooksOf, isUnproven, ledgerFaults } from "./unproven-ledger";
import type { UpgradeOptions } from "./upgrade-options";
import { CLUSTERS, type Stack, type UpgradeWorld } from "./upgrade-world";

/** Upgrades the stacks of clusters, one at a time. */
export class ClusterUpgrade {
  readonly #world: UpgradeWorld;
  readonly #claims: Claims;
  readonly #report: Report;
  readonly #options: UpgradeOptions;

  constructor(world: UpgradeWorld, claims: Claims, report: Report, options: UpgradeOptions) {
    this.#world = world;
    this.#claims = claims;
    this.#report = report;
    this.#options = options;
  }

  /**
   * Plans and applies the stacks with the version in use. Nothing but the functions' code may change. With
   * `--ledger-without-proofs` a cluster whose record has no proof shows its hook once.
   */
  async run(): Promise<void> {
    const { ledgerWithoutProofs, today } = this.#options;
    let before = await this.#claims.facts();
    const isUnprovenNow = (cluster: string) => ledgerWithoutProofs && isUnproven(before.ledger, cluster);
    if (ledgerWithoutProofs)
      this.#report.claim(CLUSTERS.some(isUnprovenNow), "the older version left a record without a proof");
    for (const cluster of CLUSTERS) {
      this.#report.step(`the stack of ${cluster} with ${today.name}`);
      const isFirst = isUnprovenNow(cluster);
      const plan = await this.#world.planWithJson(cluster);
      if (isFirst) this.#claimHookOnly(cluster, plan);
      else this.#claims.claimOnlyCode(cluster, plan, this.gateChanges(cluster));
      await this.#world.apply(cluster, plan);
      await this.#claims.expectEmptyAndChecked(cluster);
      const what = `the upgrade of ${cluster}`;
      before = isFirst
        ? await this.#expectProven(cluster, before, what)
        : await this.expectSame(cluster, before, what);
    }
  }

  /** What a plan may show of a gate that is replaced, and of the hook that is then called. */
  gateChanges(cluster: Stack): string[] {
    if (!this.#options.gatesReplaced || cluster === "shared") return [];
    return [`terraform_data.${cluster}-gate`, `aws_lambda_invocation.${cluster}-access:input,result`];
  }

  /** Nothing changed in the databases, and in the ledger only what an apply of the same roster writes. */
  async expectSame(cluster: Stack, before: Facts, what: string): Promise<Facts> {
    if (!this.#options.gatesReplaced) return this.#claims.expectSame(before, what);
    const after = await this.#claims.expectSameAccess(before, what);
    const faults = ledgerFaults(before.ledger, after.ledger, cluster, ["gates"]);
    const claim = `${what} writes the same roster to the ledger, and what every apply records`;
    this.#report.claim(faults.length === 0, claim, faults);
    return after;
  }

  #claimHookOnly(cluster: Stack, plan: TerraformPlan): void {
    const hooks = hooksOf(plan.json!);
    const faults = hookFaults(plan.json!);
    const claim = `${cluster}: the plan shows its hook without a statement, and names the missing proof`;
    this.#report.claim(faults.length === 0, claim, faults);
    this.#claims.claimOnlyCode(
      cluster,
      plan,
      hooks.map(hook => `${hook}:input,result`),
    );
  }

  async #expectProven(cluster: string, before: Facts, what: string): Promise<Facts> {
    const after = await this.#claims.expectSameAccess(before, what);
    const faults = ledgerFaults(before.ledger, after.ledger, cluster);
    this.#report.claim(
      faults.length === 0,
      `${what} proves the ledger, and leaves the rest of it as it is`,
      faults,
    );
    return after;
  }
}
