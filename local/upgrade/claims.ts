import { isDeepStrictEqual } from "node:util";
import type { TerraformPlan } from "../terraform/terraform";
import { failingChecks, unexpectedChanges } from "./judge-plan";
import type { Report } from "./report";
import type { AccessSnapshot, Item } from "./snapshot";
import type { Stack, UpgradeWorld } from "./upgrade-world";

/** What an upgrade must not change. */
export interface Facts {
  readonly access: Readonly<Record<string, AccessSnapshot>>;
  readonly ledger: readonly Item[];
  readonly statements: readonly string[];
}

/** The statements that ran in between, without their positions: `orders: GRANT ...`. */
export const newStatements = (before: readonly string[], after: readonly string[]): string[] =>
  after.filter(statement => !before.includes(statement)).map(statement => statement.replace(/ \d+:/, ":"));

/** Looks at the sample, and reports which claims hold. */
export class Claims {
  readonly #world: UpgradeWorld;
  readonly #report: Report;
  readonly #allowed: readonly string[];

  /** @param allowed changes that a plan may hold besides the functions' code: see `unexpectedChanges` */
  constructor(world: UpgradeWorld, report: Report, allowed: readonly string[]) {
    this.#world = world;
    this.#report = report;
    this.#allowed = allowed;
  }

  /** Nothing is left to do in a stack. */
  async expectEmpty(stack: Stack): Promise<void> {
    const plan = await this.#world.plan(stack);
    this.#report.claim(!plan.changes, `${stack}: the next plan is empty`, plan.changes ? plan.text : "");
  }

  /** Nothing is left to do in a stack, and its checks pass. */
  async expectEmptyAndChecked(stack: Stack): Promise<void> {
    const plan = await this.#world.planWithJson(stack);
    this.#report.claim(!plan.changes, `${stack}: the next plan is empty`, plan.changes ? plan.text : "");
    const failing = failingChecks(plan.json!);
    this.#report.claim(failing.length === 0, `${stack}: the checks pass`, failing);
  }

  /** Plans an upgrade, which changes the functions' code only. */
  async expectOnlyCode(stack: Stack): Promise<TerraformPlan> {
    const plan = await this.#world.planWithJson(stack);
    this.claimOnlyCode(stack, plan);
    return plan;
  }

  /** @param also changes that this plan may hold as well: see `unexpectedChanges` */
  claimOnlyCode(stack: Stack, plan: TerraformPlan, also: readonly string[] = []): void {
    const found = unexpectedChanges(plan.json!, [...this.#allowed, ...also]);
    const code = also.length === 0 ? "the functions' code" : "that and the functions' code";
    this.#report.claim(found.length === 0, `${stack}: the plan is empty but for ${code}`, found);
  }

  /** What an upgrade must not change, as it is now. */
  async facts(): Promise<Facts> {
    const [access, ledger] = [await this.#world.access(), await this.#world.ledger()];
    return { access, ledger, statements: await this.#world.statements() };
  }

  /** A step changed nothing: access, statements, ledger. @returns the facts after it */
  async expectSame(before: Facts, what: string): Promise<Facts> {
    const after = await this.expectSameAccess(before, what);
    this.#report.claim(isDeepStrictEqual(after.ledger, before.ledger), `${what} leaves the ledger as it is`);
    return after;
  }

  /** A step changed nothing in the databases. @returns the facts after it */
  async expectSameAccess(before: Facts, what: string): Promise<Facts> {
    const after = await this.facts();
    this.#report.claim(
      isDeepStrictEqual(after.access, before.access),
      `nobody loses or gains anything by ${what}`,
      JSON.stringify(after.access, null, 2),
    );
    this.claimNoStatements(before.statements, after.statements, `no statement runs for ${what}`);
    return after;
  }

  claimNoStatements(before: readonly string[], after: readonly string[], claim: string): void {
    const ran = newStatements(before, after);
    this.#report.claim(ran.length === 0, claim, ran);
  }

  /** What an account can really do on a cluster. */
  claimTried({ tried }: AccessSnapshot, account: string, expected: readonly string[], claim: string) {
    const found = tried[account] ?? [];
    this.#report.claim(isDeepStrictEqual(found, expected), `${account}: ${claim}`, found);
  }
}
