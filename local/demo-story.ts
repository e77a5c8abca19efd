import { existsSync, readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { type Connection, createConnection } from "mysql2/promise";

import type { CloudDescription } from "./cloud";
import { isChained, readAudit } from "./demo-audit";
import { CUT, conclusion, diagnostics, excerpt, resourceBlock, statementsIn } from "./demo-excerpt";
import { type Answer, answerTo, logIn, tokenFor } from "./demo-login";
import { type DemoProject, STACKS, type Stack } from "./demo-project";
import type { Screen } from "./demo-screen";
import { LocalError } from "./local-error";
import type { Terraform, TerraformPlan, TerraformRun } from "./terraform";

/** A step does not show what it says. */
export class DemoError extends LocalError {
  override readonly name = "DemoError";
}

const HOOK = "aws_lambda_invocation.orders-access";
const NEW_SET = /^\s+\+ cs-\S+ += \{$/;
const RECORD = /^\s+[~+-] input +=? ?\{?/;

const SHOWN = 3;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** What the demo did, for its last line. */
interface Totals {
  applies: number;
  letIn: number;
  refused: number;
}

/** The demo's steps, in order. Each proves what it says, or throws. */
export class Story {
  private readonly totals: Totals = { applies: 0, letIn: 0, refused: 0 };
  private readonly stacks: Readonly<Record<Stack, Terraform>>;
  private readonly began = Date.now();

  constructor(
    private readonly cloud: CloudDescription,
    private readonly project: DemoProject,
    private readonly screen: Screen,
  ) {
    this.stacks = Object.fromEntries(STACKS.map(stack => [stack, project.terraform(stack, cloud)])) as Record<Stack, Terraform>;
  }

  async tell(): Promise<void> {
    await this.firstApply();
    await this.login();
    await this.roleChange();
    await this.drift();
    await this.removal();
    await this.audit();
    await this.nothingLeft();
  }

  private async firstApply(): Promise<void> {
    const { screen, stacks } = this;
    screen.headline(
      "First apply",
      "Three stacks: what all clusters share (ledger, audit trail, two functions), and one for each cluster.",
      "The functions do not exist yet, so this one plan cannot ask the database; the set that it applies may only create accounts.",
    );
    await screen.during("main.ts: users/*.yaml to Terraform", () => this.project.synth(this.cloud, "INC-1300"));
    await screen.during("terraform init, of the three stacks", () =>
      Promise.all(STACKS.map(async stack => this.worked("init", await stacks[stack].init()))),
    );
    const [, plan] = await screen.during("terraform apply aurora-users-shared, terraform plan aurora-users-orders", () =>
      Promise.all([this.apply("shared"), stacks.orders.planText()]),
    );
    this.worked("plan of aurora-users-orders", plan);
    const record = resourceBlock(plan.text, "terraform_data.jane_doe-on-orders");
    screen.quote([...excerpt(record, RECORD), "", conclusion(plan.text) ?? ""]);
    this.expect(
      record.some(line => line.includes('+ role    = "read"')),
      "the plan shows Jane's grant",
      plan.text,
    );
    await screen.during("terraform apply aurora-users-orders, aurora-users-payments", () =>
      Promise.all([this.apply("orders", plan), this.apply("payments")]),
    );
    const ran = (await this.statementsRun()).map(({ sql }) => sql);
    this.expect(ran.length > 1 && ran[0]!.startsWith("CREATE USER"), "accounts were created", ran.join("\n"));
    screen.say(`What ran on orders, as the audit trail has it (${ran.length} statements, the first ${SHOWN}):`);
    screen.quote(ran.slice(0, SHOWN));
  }

  private async login(): Promise<void> {
    const { screen } = this;
    screen.headline(
      "Login by IAM token",
      "No password anywhere: the token is made from AWS credentials and good for 15 minutes. Jane's role on orders is `read`.",
    );
    const jane = await this.logIn("sl_jane.doe");
    this.let(await this.ask(jane, "SELECT id, total FROM orders.orders"), "Jane may read");
    this.refuse(
      await this.ask(jane, "INSERT INTO orders.orders VALUES (4, 2, 12.00)"),
      /^ERROR 1142 .*denied/,
      "Jane may not write",
    );
    jane.destroy();
    screen.say("Somebody else's token does not open her account:");
    await this.logInRefused("sl_jane.doe", await tokenFor("sl_mei.lin", this.orders));
  }

  private async roleChange(): Promise<void> {
    const { project, screen } = this;
    screen.headline(
      "A role changes",
      "One word in a file. The plan shows the grant that changes, and the very SQL that apply will run: that and nothing else.",
    );
    const changed = project.edit("jane.doe", /role: read$/m, "role: write");
    this.expect(changed.length === 2, "users/jane.doe.yaml grants `read`", changed.join("\n"));
    screen.quote(["users/jane.doe.yaml", ...changed]);
    await screen.during("main.ts", () => project.synth(this.cloud, "INC-1301"));
    const plan = await this.plan();
    this.quotePlan(plan, "terraform_data.jane_doe-on-orders");
    this.expectStatements(plan, ["GRANT INSERT, UPDATE ON `orders`.* TO 'sl_jane.doe'@'%'"]);
    this.expect(plan.text.includes('~ role    = "read" -> "write"'), 'the plan shows "read" -> "write"', plan.text);
    await this.applyPlan(plan);
    const jane = await this.logIn("sl_jane.doe");
    this.let(await this.ask(jane, "INSERT INTO orders.orders VALUES (4, 2, 12.00)"), "Jane may write now");
    jane.destroy();
  }

  private async drift(): Promise<void> {
    const { screen } = this;
    screen.headline(
      "Drift",
      "Somebody with the administrator's password changes grants by hand. Nothing in users/ changes, and yet the next plan shows it.",
    );
    const password = "Summer-2026";
    const { admin, port } = this.orders;
    const ssl = { ca: readFileSync(this.cloud.caFile, "utf8") };
    const hand = await createConnection({ host: "localhost", port, user: admin.username, password: admin.password, ssl });
    for (const sql of [
      "GRANT DELETE ON `orders`.* TO 'sl_report-builder'@'%'",
      `CREATE USER 'sl_mallory'@'%' IDENTIFIED BY '${password}'`,
      "GRANT SELECT ON `orders`.* TO 'sl_mallory'@'%'",
    ])
      this.let(await this.ask(hand, sql, "admin"), "an administrator may do that");
    await hand.end();
    const mallory = await this.logIn("sl_mallory", password);
    this.let(await this.ask(mallory, "SELECT name, card_number FROM orders.customers"), "Mallory may read");

    await screen.during("main.ts", () => this.project.synth(this.cloud, "nightly plan"));
    const plan = await this.plan();
    this.quotePlan(plan);
    this.expectStatements(plan, ["DROP USER 'sl_mallory'@'%'", "REVOKE DELETE ON `orders`.* FROM 'sl_report-builder'@'%'"]);
    await this.applyPlan(plan);
    this.refuse(await this.ask(mallory, "SELECT name, card_number FROM orders.customers"), /^ERROR/, "Mallory's session is over");
    mallory.destroy();
    await this.logInRefused("sl_mallory", password);
  }

  private async removal(): Promise<void> {
    const { project, screen } = this;
    screen.headline(
      "A removal",
      "Mei's file is deleted while she is logged in. DROP USER alone would leave her session open; apply ends it.",
    );
    const mei = await this.logIn("sl_mei.lin");
    this.let(await this.ask(mei, "SELECT COUNT(*) FROM orders.customers"), "Mei may read");
    const file = project.usersFile("mei.lin");
    this.expect(existsSync(file), "users/mei.lin.yaml is there");
    rmSync(file);
    screen.quote([`$ rm users/${basename(file)}`]);
    await screen.during("main.ts", () => project.synth(this.cloud, "INC-1302"));
    const plan = await this.plan();
    this.quotePlan(plan, "terraform_data.mei_lin-on-orders");
    this.expectStatements(plan, ["DROP USER 'sl_mei.lin'@'%'"]);
    await this.applyPlan(plan);
    this.refuse(await this.ask(mei, "SELECT COUNT(*) FROM orders.customers"), /^ERROR/, "Mei's session is over");
    mei.destroy();
    await this.logInRefused("sl_mei.lin", await tokenFor("sl_mei.lin", this.orders));
  }

  private async audit(): Promise<void> {
    const { screen } = this;
    screen.headline(
      "The audit trail",
      "A table that is only ever added to: the intent before the first statement runs, the result after the last. Each entry holds the",
      "hash of the one before, so that a changed or missing one shows.",
    );
    const records = await readAudit(this.cloud, "orders");
    for (const record of records) {
      const { when, kind, who, reference } = record;
      screen.quote([`${String(when).slice(0, 19)}Z  ${kind}  ${who}  ${reference}`]);
      if (kind === "intent") {
        const statements = this.sqlOf(record);
        screen.quote(statements.slice(0, SHOWN).map(({ sql, why }) => `    ${sql}   (${why})`));
        if (statements.length > SHOWN) screen.quote([`    ${CUT} ${statements.length - SHOWN} more`]);
      } else {
        const ran = counted(Number(record["ran"]), "statement");
        const ended = counted(Number(record["sessionsEnded"]), "session");
        screen.quote([`    ${record["outcome"]}, ${ran} ran, ${ended} ended`]);
      }
    }
    const results = records.filter(({ kind }) => kind === "result");
    this.expect(results.length === 4, "four applies changed orders, and are in its trail", JSON.stringify(results));
    this.expect(
      results.every(({ outcome }) => outcome === "succeeded"),
      "all of them succeeded",
      JSON.stringify(results),
    );
    this.expect(isChained(records), "the chain of hashes is whole", JSON.stringify(records));
    screen.say(`${records.length} entries, and the chain of their hashes is whole.`);
  }

  private async nothingLeft(): Promise<void> {
    const { screen } = this;
    screen.headline("Nothing is left to do", "A plan of every stack, the databases looked at.");
    const plans = await screen.during("terraform plan, of the three stacks", () =>
      Promise.all(STACKS.map(async stack => [stack, await this.stacks[stack].planText()] as const)),
    );
    for (const [stack, plan] of plans) {
      this.worked(`plan of aurora-users-${stack}`, plan);
      screen.quote([`aurora-users-${stack}: ${conclusion(plan.text)}`]);
      this.expect(!plan.changes && diagnostics(plan.text, "Warning").length === 0, `nothing is to do in ${stack}`, plan.text);
    }
    const trails = await Promise.all(Object.keys(this.cloud.clusters).map(cluster => readAudit(this.cloud, cluster)));
    const ran = trails.flat().reduce((sum, { ran: count }) => sum + Number(count ?? 0), 0);
    const { applies, letIn, refused } = this.totals;
    const seconds = Math.round((Date.now() - this.began) / 1000);
    screen.say("");
    screen.say(
      `${STACKS.length} stacks, ${applies} applies, ${ran} statements, ${letIn} requests answered and ${refused} refused, in ${seconds} s.`,
    );
  }

  private get orders() {
    return this.cloud.clusters["orders"]!;
  }

  private async logIn(account: string, secret?: string): Promise<Connection> {
    const { screen, orders } = this;
    const shown = secret === undefined ? `"$(aurora-users token --host ${orders.endpoint} --user ${account})"` : `'${secret}'`;
    const given = secret ?? (await tokenFor(account, orders));
    let connection: Connection | undefined;
    const answer = await answerTo(async () => {
      connection = await logIn(account, given, orders, this.cloud.caFile);
      return [[]];
    });
    screen.quote([`$ mysql --user=${account} --password=${shown}`, ...answer.lines]);
    this.expect(answer.ok, `${account} may log in`, answer.lines.join("\n"));
    this.totals.letIn++;
    return connection!;
  }

  private async logInRefused(account: string, secret: string): Promise<void> {
    const answer = await answerTo(async () => {
      const connection = await logIn(account, secret, this.orders, this.cloud.caFile);
      connection.destroy();
      return [[]];
    });
    this.screen.quote([`$ mysql --user=${account}`]);
    this.refuse(answer, /^ERROR 1045 .*denied/, `${account} is refused`);
  }

  /** Sends a statement and shows what came of it. */
  private async ask(connection: Connection, sql: string, prompt = "mysql"): Promise<Answer> {
    this.screen.quote([`${prompt}> ${sql}`]);
    return answerTo(() => connection.query({ sql, rowsAsArray: false }));
  }

  private let(answer: Answer, claim: string): void {
    this.screen.quote(answer.lines);
    this.expect(answer.ok, claim, answer.lines.join("\n"));
    this.totals.letIn++;
  }

  private refuse(answer: Answer, error: RegExp, claim: string): void {
    this.screen.quote(answer.lines);
    this.expect(!answer.ok && error.test(answer.lines[0] ?? ""), claim, answer.lines.join("\n"));
    this.totals.refused++;
  }

  private async plan(): Promise<TerraformPlan> {
    const plan = await this.screen.during("terraform plan aurora-users-orders", () => this.stacks.orders.planText());
    this.worked("plan of aurora-users-orders", plan);
    return plan;
  }

  private quotePlan({ text }: TerraformPlan, record?: string): void {
    const warning = diagnostics(text, "Warning").flatMap(lines => [lines[0]!, CUT, ...lines.slice(lines.lastIndexOf("") + 1)]);
    this.screen.quote([
      ...excerpt(resourceBlock(text, HOOK), NEW_SET),
      "",
      ...(record ? [...excerpt(resourceBlock(text, record), RECORD), ""] : []),
      conclusion(text) ?? "",
      "",
      ...warning,
    ]);
    this.expect(
      warning.some(line => line.includes("pending")),
      "the check warns of what is pending",
      text,
    );
  }

  private async applyPlan(plan: TerraformPlan): Promise<void> {
    const applied = await this.screen.during("terraform apply aurora-users-orders", () => this.apply("orders", plan));
    this.screen.quote([conclusion(applied.text) ?? ""]);
  }

  private async apply(stack: Stack, plan?: TerraformPlan): Promise<TerraformRun> {
    const applied = await this.stacks[stack].apply(...(plan ? [plan.file] : []));
    this.totals.applies++;
    return this.worked(`apply of aurora-users-${stack}`, applied);
  }

  private async statementsRun() {
    return (await readAudit(this.cloud, "orders")).filter(({ kind }) => kind === "intent").flatMap(this.sqlOf);
  }

  private readonly sqlOf = (record: { readonly [name: string]: unknown }) =>
    record["statements"] as { readonly sql: string; readonly why: string }[];

  private expectStatements({ text }: TerraformPlan, sql: readonly string[]): void {
    const shown = statementsIn(text);
    this.expect(shown.join("\n") === sql.join("\n"), `the plan shows ${sql.join("; ")}`, `${shown.join("\n")}\n${text}`);
  }

  private worked<T extends TerraformRun & { ok: boolean }>(what: string, run: T): T {
    this.expect(run.ok, `terraform: ${what}`, run.text);
    return run;
  }

  /** @throws DemoError */
  private expect(holds: boolean, claim: string, shown = ""): void {
    if (holds) return;
    const last = shown.trim().split("\n").slice(-60).join("\n");
    throw new DemoError(`the demo does not show what it says: ${claim}.${last ? `\n${last}` : ""}`);
  }
}
