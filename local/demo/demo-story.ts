import { existsSync, rmSync } from "node:fs";
import { basename } from "node:path";

import { AfterApply } from "./demo-after-apply";
import { conclusion, excerpt, resourceBlock } from "./demo-excerpt";
import { showHost } from "./demo-host";
import { logIn, tokenFor } from "./demo-login";
import { STACKS } from "./demo-project";
import { ServiceStory } from "./demo-service";
import { RECORD, SHOWN, type Stage } from "./demo-stage";

/** The demo's steps, in order. Each step proves what it says, or throws. */
export class Story {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** @throws DemoError */
  async play(): Promise<void> {
    await this.#firstApply();
    await this.#login();
    await this.#roleChange();
    await this.#drift();
    await this.#removal();
    const service = new ServiceStory(this.#stage);
    await service.play();
    await showHost(this.#stage);
    await new AfterApply(this.#stage, service).play();
  }

  async #firstApply(): Promise<void> {
    const stage = this.#stage;
    const { screen, stacks } = stage;
    screen.headline(
      "First apply",
      "There are three stacks: a shared one (ledger, audit trail, functions, mail), and one per cluster.",
      "The functions do not exist yet, so this first plan cannot show the SQL. Its apply may only create",
      "accounts.",
    );
    await screen.during("the app: users/*.yaml to Terraform", () =>
      stage.project.synth(stage.cloud, "INC-1300"),
    );
    await screen.during("terraform init, of the three stacks", () =>
      Promise.all(STACKS.map(async stack => stage.worked("init", await stacks[stack].init()))),
    );
    const shared = stage.apply("shared");
    // A failure is reported below, where the result is awaited.
    shared.catch(() => {});
    const plan = await screen.during(
      "terraform plan aurora-users-orders (in parallel with terraform apply aurora-users-shared)",
      () => stacks.orders.planText(),
    );
    stage.worked("plan of aurora-users-orders", plan);
    const record = resourceBlock(plan.text, "terraform_data.jane_doe-on-orders");
    await stage.summarize(plan);
    screen.quote([...excerpt(record, RECORD), "", conclusion(plan.text) ?? ""]);
    stage.expect(
      record.some(line => line.includes('+ role    = "read"')),
      "the plan shows Jane's grant",
      plan.text,
    );
    screen.say(
      "The AWS provider waits 25 s for each new queue, and again for each queue that depends on another.",
    );
    await screen.during("terraform apply aurora-users-shared, about a minute", () => shared);
    await screen.during("terraform apply aurora-users-orders, aurora-users-payments", () =>
      Promise.all([stage.apply("orders", plan), stage.apply("payments")]),
    );
    const ran = (await stage.statementsRun()).map(({ sql }) => sql);
    stage.expect(
      ran.length > 1 && ran[0]!.startsWith("CREATE USER"),
      "accounts were created",
      ran.join("\n"),
    );
    screen.say(`The audit trail of orders: ${ran.length} statements ran. These are the first ${SHOWN}:`);
    screen.quote(ran.slice(0, SHOWN));
  }

  async #login(): Promise<void> {
    const stage = this.#stage;
    const { screen } = stage;
    screen.headline(
      "Login by IAM token",
      "These accounts have no password. The token is made from AWS credentials and is valid for 15 minutes.",
      "Jane's role on orders is `read`.",
    );
    const jane = await stage.logIn("sl_jane.doe");
    await stage.lets(jane, "SELECT id, total FROM orders.orders", "Jane may read");
    await stage.refuses(
      jane,
      "INSERT INTO orders.orders VALUES (4, 2, 12.00)",
      /^ERROR 1142 .*denied/,
      "Jane may not write",
    );
    jane.destroy();
    screen.say("The token of another person does not open Jane's account:");
    await stage.logInRefused("sl_jane.doe", await tokenFor("sl_mei.lin", stage.orders));
  }

  async #roleChange(): Promise<void> {
    const stage = this.#stage;
    const { project, screen } = stage;
    screen.headline(
      "A role changes",
      "One word changes in a file. The plan shows the changed grant and the exact SQL that apply will run.",
    );
    const changed = project.edit("jane.doe", /role: read$/m, "role: write");
    stage.expect(changed.length === 2, "users/jane.doe.yaml grants `read`", changed.join("\n"));
    screen.quote(["users/jane.doe.yaml", ...changed]);
    await screen.during("the app", () => project.synth(stage.cloud, "INC-1301"));
    const plan = await stage.plan();
    await stage.quotePlan(plan, "terraform_data.jane_doe-on-orders");
    stage.expectStatements(plan, ["GRANT INSERT, UPDATE ON `orders`.* TO 'sl_jane.doe'@'%'"]);
    stage.expect(
      plan.text.includes('~ role    = "read" -> "write"'),
      'the plan shows "read" -> "write"',
      plan.text,
    );
    await stage.applyPlan(plan);
    const jane = await stage.logIn("sl_jane.doe");
    await stage.lets(jane, "INSERT INTO orders.orders VALUES (4, 2, 12.00)", "Jane may write now");
    jane.destroy();
  }

  async #drift(): Promise<void> {
    const stage = this.#stage;
    const { screen } = stage;
    screen.headline(
      "Drift",
      "Someone with the administrator's password changes grants by hand. No file changes, but the next plan",
      "shows the SQL that restores what the files say.",
    );
    const password = "Summer-2026";
    const { admin } = stage.orders;
    const { caFile } = stage.cloud;
    const hand = await logIn(admin.username, admin.password, { cluster: stage.orders, caFile });
    for (const sql of [
      "GRANT DELETE ON `orders`.* TO 'sl_report-builder'@'%'",
      `CREATE USER 'sl_mallory'@'%' IDENTIFIED BY '${password}'`,
      "GRANT SELECT ON `orders`.* TO 'sl_mallory'@'%'",
    ])
      await stage.lets(hand, sql, "an administrator may do that", "admin");
    await hand.end();
    const mallory = await stage.logIn("sl_mallory", { secret: password });
    await stage.lets(mallory, "SELECT name, card_number FROM orders.customers", "Mallory may read");

    await screen.during("the app", () => stage.project.synth(stage.cloud, "nightly plan"));
    const plan = await stage.plan();
    await stage.quotePlan(plan);
    stage.expectStatements(plan, [
      "DROP USER 'sl_mallory'@'%'",
      "REVOKE DELETE ON `orders`.* FROM 'sl_report-builder'@'%'",
    ]);
    await stage.applyPlan(plan);
    await stage.refuses(
      mallory,
      "SELECT name, card_number FROM orders.customers",
      /^ERROR/,
      "Mallory's session is over",
    );
    mallory.destroy();
    await stage.logInRefused("sl_mallory", password);
  }

  async #removal(): Promise<void> {
    const stage = this.#stage;
    const { project, screen } = stage;
    screen.headline(
      "A removal",
      "Mei's file is deleted while she is logged in. DROP USER alone would not end her session, but apply",
      "does.",
    );
    const mei = await stage.logIn("sl_mei.lin");
    await stage.lets(mei, "SELECT COUNT(*) FROM orders.customers", "Mei may read");
    const file = project.usersFile("mei.lin");
    stage.expect(existsSync(file), "users/mei.lin.yaml exists");
    rmSync(file);
    screen.quote([`$ rm users/${basename(file)}`]);
    await screen.during("the app", () => project.synth(stage.cloud, "INC-1302"));
    const plan = await stage.plan();
    await stage.quotePlan(plan, "terraform_data.mei_lin-on-orders");
    stage.expectStatements(plan, ["DROP USER 'sl_mei.lin'@'%'"]);
    await stage.applyPlan(plan);
    await stage.refuses(mei, "SELECT COUNT(*) FROM orders.customers", /^ERROR/, "Mei's session is over");
    mei.destroy();
    await stage.logInRefused("sl_mei.lin", await tokenFor("sl_mei.lin", stage.orders));
  }
}
