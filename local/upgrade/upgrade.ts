import { isDeepStrictEqual } from "node:util";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { TerraformPlan } from "../terraform/terraform";
import { Claims, newStatements } from "./claims";
import { changedFunctions } from "./judge-plan";
import type { Report } from "./report";
import { ENDS, SOURCE_DOCUMENT, SOURCE_PARAMETER } from "./sample";
import type { AccessSnapshot } from "./snapshot";
import { unprovenItems } from "./unproven-ledger";
import { ClusterUpgrade } from "./upgrade-cluster";
import type { UpgradeOptions } from "./upgrade-options";
import { CLUSTERS, STACKS, type Stack, type UpgradeWorld } from "./upgrade-world";

const INTERVAL_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;
/** The runs that a first apply may take until its plan is empty. */
const FIRST_APPLIES = 3;

/** Deploys the sample with the older version, upgrades it, and goes back; each step is proved. */
export class Upgrade {
  readonly #world: UpgradeWorld;
  readonly #report: Report;
  readonly #options: UpgradeOptions;
  readonly #claims: Claims;
  readonly #clusters: ClusterUpgrade;

  constructor(world: UpgradeWorld, report: Report, options: UpgradeOptions) {
    this.#world = world;
    this.#report = report;
    this.#options = options;
    this.#claims = new Claims(world, report, options.allowed);
    this.#clusters = new ClusterUpgrade(world, this.#claims, report, options);
  }

  /**
   * @throws LocalError when a step fails that the rest depends on; claims that do not hold are in the report
   */
  async run(): Promise<void> {
    await this.#deploySample();
    const fault = await this.#openOutbox();
    const older = await this.#planChangeOfAnn();
    await this.#upgrade(older, fault);
    await this.#runSchedules();
    await this.#changeWithToday();
    await this.#endGrant();
    await this.#goBack();
    await this.#verifyAudit();
  }

  async #deploySample(): Promise<void> {
    const { older } = this.#options;
    const { users, cloud, description } = this.#world;
    this.#report.step(`the sample with ${older.name}`);
    users.writeFirst(cloud.aws.clock.now());
    await this.#world.use(older);
    await this.#world.apply("shared");
    for (const cluster of CLUSTERS) await this.#applyUntilEmpty(cluster);
    const ssm = new SSMClient({ endpoint: description.endpoint, region: description.region });
    const parameter = { Name: SOURCE_PARAMETER, Value: SOURCE_DOCUMENT, Type: "String" } as const;
    await ssm.send(new PutParameterCommand(parameter));
    ssm.destroy();
    const failed = await this.#world.passTime(ENDS.cleo + HOUR_MS);
    this.#report.claim(failed.length === 0, "the older version's scheduled runs work", failed);
    const { orders } = await this.#world.access();
    this.#claims.claimTried(
      orders!,
      "sl_ann",
      ["orders.customers: SELECT"],
      "a person has what her file says",
    );
    const both = ["app_prod.settings: SELECT", "orders.customers: SELECT"];
    this.#claims.claimTried(orders!, "sl_report-builder", both, "a service has what its file says");
    this.#claims.claimTried(orders!, "sl_alice", ["app_prod.settings: SELECT"], "the source gives access");
    this.#claims.claimTried(orders!, "sl_cleo", ["no login: error 1045"], "the expired grant is taken away");
    this.#claims.claimTried(
      orders!,
      "sl_dee",
      ["orders.customers: SELECT"],
      "the grant with an end to come is held",
    );
  }

  /** A change whose event the bus rejects, so that it waits in the ledger. @returns what ends the fault */
  async #openOutbox(): Promise<() => void> {
    this.#report.step("a change while the event bus rejects events");
    const fault = this.#world.cloud.aws.faultService(({ operation }) => operation === "PutEvents", "error");
    this.#world.users.addFay();
    await this.#world.use(this.#options.older);
    await this.#applyUntilEmpty("orders");
    const outbox = await this.#world.outbox();
    this.#report.claim(outbox.length > 0, "the outbox holds its event");
    await this.#claims.expectEmpty("shared");
    return () => fault.clear();
  }

  /** A plan of the older version that shows a statement, kept until the functions are today's. */
  async #planChangeOfAnn(): Promise<TerraformPlan> {
    this.#report.step("a change of payments, planned with the older version and not yet applied");
    this.#world.users.widenAnn();
    await this.#world.use(this.#options.older);
    const plan = await this.#world.plan("payments");
    this.#report.claim(
      plan.changes && plan.text.includes("GRANT SELECT ON `ledger`"),
      "it shows the GRANT",
      plan.text,
    );
    return plan;
  }

  async #upgrade(older: TerraformPlan, clearFault: () => void): Promise<void> {
    const { today } = this.#options;
    const before = await this.#claims.facts();
    this.#report.step(`the shared stack with ${today.name}`);
    await this.#world.use(today);
    const shared = await this.#claims.expectOnlyCode("shared");
    const functions = changedFunctions(shared.json!);
    this.#report.claim(functions.length > 0, `the functions' code changes: ${functions.join(", ")}`);
    await this.#world.apply("shared", shared);
    await this.#claims.expectSame(before, "the upgrade of the shared stack");

    this.#report.step("the older version's plan of payments, applied by today's functions");
    const applied = await this.#world.tryApply("payments", older);
    this.#report.claim(applied.ok, "it is applied", applied.text);
    const { statements } = await this.#claims.facts();
    const ran = newStatements(before.statements, statements);
    const expected = ["payments: GRANT SELECT ON `ledger`.* TO 'sl_ann'@'%'"];
    this.#report.claim(
      isDeepStrictEqual(ran, expected),
      "the statement that it showed ran, and no other",
      ran,
    );

    await this.#clusters.run();
    await this.#claims.expectEmptyAndChecked("shared");
    clearFault();
  }

  async #runSchedules(): Promise<void> {
    this.#report.step("scheduled runs of today's functions");
    const { mail } = this.#world.cloud;
    const before = await this.#claims.facts();
    const failed = await this.#world.passTime(INTERVAL_MS);
    this.#report.claim(failed.length === 0, "they work", failed);
    const outbox = await this.#world.outbox();
    const [handled, mails] = this.#options.ledgerWithoutProofs ? ["deleted", 0] : ["sent", 1];
    this.#report.claim(outbox.length === 0, `the outbox that the older version left is ${handled}`);
    const toFay = mail.messages.filter(({ envelope }) => envelope.to.includes("fay@example.com"));
    this.#report.claim(toFay.length === mails, `mails of its event: ${mails} (${toFay.length})`);
    const after = await this.#claims.facts();
    this.#report.claim(
      isDeepStrictEqual(after.access, before.access),
      "nobody loses or gains anything by them",
    );
    this.#claims.claimNoStatements(before.statements, after.statements, "no statement runs");
    const unproven = unprovenItems(after.ledger);
    this.#report.claim(unproven.length === 0, "all of the ledger that needs a proof has one", unproven);
  }

  async #changeWithToday(): Promise<void> {
    this.#report.step("a change with today's version");
    const before = await this.#world.statements();
    this.#world.users.narrowBen();
    await this.#world.use(this.#options.today);
    const plan = await this.#world.plan("orders");
    await this.#world.apply("orders", plan);
    const ran = newStatements(before, await this.#world.statements());
    const shown = ran.filter(statement => plan.text.includes(statement.replace(/^orders: /, "")));
    this.#report.claim(ran.length > 0 && shown.length === ran.length, "what the plan shows runs", ran);
    const { orders } = await this.#world.access();
    this.#claims.claimTried(orders!, "sl_ben", ["orders.customers: SELECT"], "he has what his file says");
    await this.#claims.expectEmpty("orders");
  }

  async #endGrant(): Promise<void> {
    this.#report.step("the end of a grant that the older version gave");
    const before = await this.#world.access();
    const failed = await this.#world.passTime(ENDS.dee - ENDS.cleo);
    this.#report.claim(failed.length === 0, "the scheduled runs work", failed);
    const { orders, ...others } = await this.#world.access();
    this.#claims.claimTried(orders!, "sl_dee", ["no login: error 1045"], "it is taken away");
    const rest = ({ tried: { sl_dee: _, ...tried } }: AccessSnapshot) => tried;
    const same =
      isDeepStrictEqual(rest(orders!), rest(before["orders"]!)) &&
      Object.entries(others).every(([name, access]) => isDeepStrictEqual(access, before[name]));
    this.#report.claim(same, "nobody else loses or gains anything");
  }

  /** The shared stack first, as on the way forward. */
  async #goBack(): Promise<void> {
    const { older, backRefused } = this.#options;
    this.#report.step(`back to ${older.name}`);
    let before = await this.#claims.facts();
    await this.#world.use(older);
    for (const stack of STACKS) {
      const plan = await this.#world.tryPlan(stack);
      const outcome = plan.ok ? await this.#world.tryApply(stack, plan) : plan;
      if (!outcome.ok) {
        const isExpected = backRefused !== undefined && outcome.text.includes(backRefused);
        this.#report.claim(
          isExpected,
          `${stack}: going back is refused, with the sentence that helps`,
          outcome.text,
        );
        await this.#claims.expectSame(before, "the refusal");
        return;
      }
      if (plan.json) this.#claims.claimOnlyCode(stack, plan, this.#clusters.gateChanges(stack));
      const what = `going back of ${stack}`;
      before = await (stack === "shared"
        ? this.#claims.expectSame(before, what)
        : this.#clusters.expectSame(stack, before, what));
    }
    this.#report.claim(backRefused === undefined, "going back works");
    const failed = await this.#world.passTime(INTERVAL_MS);
    this.#report.claim(failed.length === 0, "the older version's scheduled runs work", failed);
    const after = await this.#claims.facts();
    this.#report.claim(
      isDeepStrictEqual(after.access, before.access),
      "nobody loses or gains anything by them",
    );
    for (const stack of STACKS) await this.#claims.expectEmpty(stack);
  }

  async #verifyAudit(): Promise<void> {
    this.#report.step("the audit trail of both versions");
    const { code, text } = await this.#world.command("audit", "verify");
    this.#report.claim(code === 0, `aurora-users audit verify: ${text.split("\n")[0]}`, text);
    const refused = (await this.#world.audit()).filter(({ pk }) => String(pk).startsWith("refused#"));
    this.#report.claim(
      refused.length === 0,
      "nothing was refused",
      refused.map(item => JSON.stringify(item)),
    );
  }

  async #applyUntilEmpty(stack: Stack): Promise<void> {
    for (let count = 1; count <= FIRST_APPLIES; count++) {
      const plan = await this.#world.plan(stack);
      if (!plan.changes) return;
      await this.#world.apply(stack, plan);
    }
    await this.#claims.expectEmpty(stack);
  }
}
