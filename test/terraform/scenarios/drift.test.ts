import { writeFileSync } from "node:fs";
import type { TerraformPlan } from "../../../local/terraform/terraform";
import {
  changes,
  expectNoChanges,
  must,
  plannedChangeSet,
  plannedStatements,
  shownStatements,
} from "../../support/terraform/plan";
import { Scenario } from "../../support/terraform/scenario";
import { summaryOf } from "../../support/terraform/summary";
import { World } from "../../support/terraform/world";
import { runCli } from "../../unit/cli/run-cli";

const HOUR_MS = 3_600_000;
const DAN = { dan: { orders: "read" } };
const APPLIED_BEFORE =
  /"[a-z]+: cs-\w+-\w+ was applied on \d{4}-\d\d-\d\dT[\d:.]+Z, and nothing of it runs\."/;

/** The plan shows statements as new, and says in the set and in the check that nothing of it runs. */
function expectAppliedBefore(plan: TerraformPlan, cluster: string): void {
  expect(shownStatements(plan).length).toBeGreaterThan(0);
  const text = plan.text.replace(/\s+/g, " ");
  expect(text).toMatch(/\+ "Runs once\. In a plan made after [^"]* nothing of it runs\."/);
  expect(text).toMatch(APPLIED_BEFORE);
  expect(text).toContain(`"${cluster}: cs-`);
}

let world: World;
beforeAll(async () => {
  world = await World.start();
}, 180_000);
afterAll(() => world?.stop());
afterEach(async () => {
  world.cloud.aws.clearFaults();
  world.cloud.aws.clock.reset();
  await world.ensureServer();
});

describe("drift", () => {
  it("is in the plan and in `plan -refresh-only`, is repaired by apply, and the next plan is empty", async () => {
    const scenario = new Scenario(world, "drift");
    const terraform = await scenario.deploy({ users: DAN, cluster: { unmanaged: "remove" } });
    must(await terraform.apply());
    await world.root.query("GRANT DELETE ON orders.* TO 'drift_dan'@'%'");
    await world.root.query("CREATE USER 'drift_mallory'@'%' IDENTIFIED BY 'x'");

    const refresh = must(await terraform.planText("-refresh-only"));
    expect(refresh.text).toMatch(/Warning: Check block assertion failed[\s\S]*drift_dan/);
    const plan = must(await terraform.plan());
    expect(plannedStatements(plan, "drift")).toEqual([
      "DROP USER 'drift_mallory'@'%'",
      "REVOKE DELETE ON `orders`.* FROM 'drift_dan'@'%'",
    ]);
    expect(changes(plan)).toEqual({ "aws_lambda_invocation.drift-access": "update" });
    expect(summaryOf(plan, "drift")).toMatchObject({
      headline: "nobody gains or loses access, 1 person and 1 account are drift",
      changes: [
        { kind: "drift", user: "dan", place: "orders", from: "DELETE", to: "taken away" },
        { kind: "drift", user: "drift_mallory", to: "dropped" },
      ],
    });
    // A plan file, read by the program itself.
    const shown = await runCli(["summary", plan.file, "--program", terraform.binary], {
      PATH: process.env["PATH"]!,
      ...terraform.environment,
    });
    expect(shown).toMatchObject({ code: 0, err: "", out: expect.stringContaining("1 account are drift") });
    must(await terraform.apply(plan.file));
    expect(await scenario.grants()).toEqual({ drift_dan: ["SELECT ON orders.*"] });
    expectNoChanges(await terraform.planText());
  }, 400_000);

  it("names accounts that nobody declared in every plan, and leaves them, by default", async () => {
    const scenario = new Scenario(world, "report");
    await world.root.query("CREATE USER 'report_mallory'@'%' IDENTIFIED BY 'x'");
    let terraform = await scenario.deploy({ users: DAN });
    const quiet = must(await terraform.planText());
    expect(quiet.changes).toBe(false);
    expect(quiet.text.replace(/\s+/g, " ")).toMatch(
      /Warning: Check block assertion failed .*report: these accounts are not declared .*: report_mallory/,
    );
    terraform = await scenario.declare({ users: { dan: { orders: "write" } } });
    const plan = must(await terraform.plan());
    expect(plannedChangeSet(plan, "report")?.notes.join()).toMatch(
      /'report_mallory'@'%' bears the prefix and is not managed/,
    );
    must(await terraform.apply(plan.file));
    expect(Object.keys(await scenario.grants())).toEqual(["report_dan", "report_mallory"]);
  }, 400_000);
});

describe("a database that moved between plan and apply", () => {
  it("gets what the plan showed and nothing else, the apply fails, and planning again works", async () => {
    const scenario = new Scenario(world, "moved");
    await scenario.deploy({ users: DAN });
    const terraform = await scenario.declare({ users: { dan: { orders: "write" } } });
    const plan = must(await terraform.planText());
    await world.root.query("GRANT DROP ON orders.* TO 'moved_dan'@'%'");
    const refused = await terraform.apply(plan.file);
    expect(refused.ok).toBe(false);
    expect(refused.text.replace(/\s+/g, " ")).toMatch(
      /DatabaseMoved.*1 statement ran.*Left out: moved_dan.*revoke\|'moved_dan'@'%'\|`orders`\.\*\|DROP/,
    );
    expect(await scenario.grants()).toEqual({ moved_dan: ["SELECT, INSERT, UPDATE, DROP ON orders.*"] });
    const again = must(await terraform.planText());
    expect(shownStatements(again)).toEqual(["REVOKE DROP ON `orders`.* FROM 'moved_dan'@'%'"]);
    must(await terraform.apply(again.file));
    expect(await scenario.grants()).toEqual({ moved_dan: ["SELECT, INSERT, UPDATE ON orders.*"] });
    expectNoChanges(await terraform.planText());
  }, 400_000);

  it("is not repaired by an old change set that a plan of a mere prop carries along", async () => {
    const scenario = new Scenario(world, "oldset");
    await scenario.deploy({ users: DAN });
    // While the database cannot be reached, the plan has the set that created dan. Then dan is dropped by
    // hand.
    const terraform = await scenario.declare({ users: DAN, cluster: { removalPolicy: "retain" } });
    await world.server.kill();
    const plan = must(await terraform.plan());
    expect(plannedStatements(plan, "oldset")?.join()).toContain("CREATE USER 'oldset_dan'@'%'");
    await world.ensureServer();
    await world.root.query("DROP USER 'oldset_dan'@'%'");
    const refused = await terraform.apply(plan.file);
    expect(refused.ok).toBe(false);
    expect(refused.text.replace(/\s+/g, " ")).toMatch(/ran before and permits nothing more/);
    expect(await scenario.grants()).toEqual({});
    const again = must(await terraform.planText());
    expect(shownStatements(again)).toHaveLength(2);
    must(await terraform.apply(again.file));
    expect(Object.keys(await scenario.grants())).toEqual(["oldset_dan"]);
  }, 400_000);

  it("is no failure where it is only that a grant has expired", async () => {
    const scenario = new Scenario(world, "expiry");
    await scenario.deploy({ users: DAN });
    const end = Math.ceil(Date.now() / 1000) * 1000 + HOUR_MS;
    const expires = new Date(end).toISOString().replace(".000", "");
    const terraform = await scenario.declare({
      users: { ...DAN, eve: { orders: { role: "read", expires } } },
    });
    const plan = must(await terraform.planText());
    expect(shownStatements(plan)).toHaveLength(2);
    world.cloud.aws.clock.set(new Date(end + 500));
    must(await terraform.apply(plan.file));
    expect(Object.keys(await scenario.grants())).toEqual(["expiry_dan"]);
    expectNoChanges(await terraform.planText());
  }, 400_000);
});

describe("state and ledger", () => {
  it("converge where the state is one from before the last apply", async () => {
    const scenario = new Scenario(world, "restored");
    let terraform = await scenario.deploy({ users: { ...DAN, eve: { orders: "read" } } });
    const old = must(await terraform.state("pull")).stdout;
    terraform = await scenario.deploy({ users: { dan: { orders: "write" } } });
    writeFileSync(`${terraform.directory}/terraform.tfstate`, old);
    const plan = must(await terraform.planText());
    expect(plan.changes).toBe(true);
    expectAppliedBefore(plan, "restored");
    must(await terraform.apply(plan.file));
    expect(await scenario.grants()).toEqual({ restored_dan: ["SELECT, INSERT, UPDATE ON orders.*"] });
    expectNoChanges(await terraform.planText());
  }, 400_000);

  it("a plan says that nothing of an applied set runs: hook forgotten, moved, replaced, server away", async () => {
    const scenario = new Scenario(world, "again");
    let terraform = await scenario.deploy({ users: { ...DAN, eve: { orders: "read" } } });
    terraform = await scenario.deploy({ users: { dan: { orders: "write" } } });
    const hook = "aws_lambda_invocation.again-access";
    const state = must(await terraform.state("pull")).stdout;
    const restore = () => writeFileSync(`${terraform.directory}/terraform.tfstate`, state);
    const quiet = must(await terraform.planText());
    expect([quiet.changes, quiet.text.includes("Warning")]).toEqual([false, false]);

    must(await terraform.run("state", "rm", hook));
    const forgotten = must(await terraform.planText());
    expect(shownStatements(forgotten)).toContain("DROP USER 'again_eve'@'%'");
    expectAppliedBefore(forgotten, "again");
    restore();
    must(await terraform.run("state", "mv", hook, "aws_lambda_invocation.elsewhere"));
    expectAppliedBefore(must(await terraform.planText()), "again");
    restore();
    const replaced = must(await terraform.planText(`-replace=${hook}`));
    expect(replaced.text.replace(/\s+/g, " ")).toMatch(APPLIED_BEFORE);

    must(await terraform.run("state", "rm", hook));
    await world.server.kill();
    const blind = must(await terraform.planText());
    expectAppliedBefore(blind, "again");
    expect(blind.text.replace(/\s+/g, " ")).toContain("could not be observed");
    await world.ensureServer();
    restore();
    expectNoChanges(await terraform.planText());
  }, 400_000);

  it("the plan after a record was destroyed alone names who still logs in, also while the server is away", async () => {
    const scenario = new Scenario(world, "record");
    await scenario.deploy({ users: { ...DAN, eve: { orders: "read" } } });
    const terraform = await scenario.declare({ users: DAN });
    const targeted = must(await terraform.plan("-target=terraform_data.eve-on-record"));
    expect(changes(targeted)).toEqual({ "terraform_data.eve-on-record": "delete" });
    must(await terraform.apply(targeted.file));
    expect(await scenario.tryAs("eve", "SELECT 1")).toBe("ok");

    const next = must(await terraform.plan());
    expect(changes(next)).toEqual({ "aws_lambda_invocation.record-access": "update" });
    expect(next.text.replace(/\s+/g, " ")).toMatch(
      /Warning: Check block assertion failed.* no longer declared, but with access: record_eve/,
    );
    expect(plannedChangeSet(next, "record")?.notes.join()).toMatch(
      /No longer declared, but with access until an apply takes it: record_eve\. .*-target/,
    );
    await world.server.kill();
    const blind = must(await terraform.plan());
    expect(plannedChangeSet(blind, "record")?.status).toBe("unverified");
    expect(blind.text.replace(/\s+/g, " ")).toContain(
      "No longer declared, but with access as far as the ledger knows: record_eve.",
    );
    await world.ensureServer();

    must(await terraform.apply());
    expect(await scenario.tryAs("eve", "SELECT 1")).toMatch(/denied/);
    expect(await scenario.tryAs("dan", "SELECT 1")).toBe("ok");
    // A declared person's record comes back, and nothing else happens.
    must(await terraform.destroy("-target=terraform_data.dan-on-record"));
    expect(await scenario.tryAs("dan", "SELECT 1")).toBe("ok");
    const back = must(await terraform.plan());
    expect(changes(back)).toEqual({ "terraform_data.dan-on-record": "create" });
    expect(back.text).not.toContain("no longer declared");
  }, 400_000);

  it("converge where the ledger is lost: no one loses access, and a plan shows statements before they run", async () => {
    const scenario = new Scenario(world, "ledger");
    const terraform = await scenario.deploy({ users: { ...DAN, eve: { orders: "read" } } });
    await world.emptyLedger();
    await world.root.query("GRANT DROP ON orders.* TO 'ledger_dan'@'%'");
    must(await terraform.apply());
    expect(Object.keys(await scenario.grants())).toEqual(["ledger_dan", "ledger_eve"]);
    const plan = must(await terraform.planText());
    expect(shownStatements(plan)).toEqual(["REVOKE DROP ON `orders`.* FROM 'ledger_dan'@'%'"]);
    must(await terraform.apply(plan.file));
    expect(await scenario.grants()).toEqual({
      ledger_dan: ["SELECT ON orders.*"],
      ledger_eve: ["SELECT ON orders.*"],
    });
    expectNoChanges(await terraform.planText());
  }, 400_000);
});
