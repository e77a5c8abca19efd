import type { Connection } from "mysql2/promise";

import type { CloudDescription } from "../cloud/cloud";
import type { CloudControl, TimePassed } from "../cloud/cloud-control";
import { LocalError } from "../process/local-error";
import type { Terraform, TerraformPlan, TerraformRun } from "../terraform/terraform";
import { type AuditRecord, readAudit } from "./demo-audit";
import { CUT, conclusion, diagnostics, excerpt, resourceBlock, statementsIn } from "./demo-excerpt";
import { type Answer, answerTo, type LoginTarget, logIn, tokenFor } from "./demo-login";
import { type DemoProject, STACKS, type Stack } from "./demo-project";
import type { Screen } from "./demo-screen";
import { summaryOf } from "./demo-summary";

/** A step did not show what it says. */
export class DemoError extends LocalError {
  override readonly name = "DemoError";
}

const HOOK = "aws_lambda_invocation.orders-access";
const NEW_SET = /^\s+\+ cs-\S+ += \{$/;
export const RECORD = /^\s+[~+-] input +=? ?\{?/;

export const SHOWN = 3;

/** How a client logs in. */
interface Login {
  /** Default: a token */
  readonly secret?: string;
  /** How the secret is shown. Default: as it is */
  readonly shown?: string;
  /** The client's own address. Default: the system's choice, which is not shown */
  readonly from?: string;
}

const mysqlAt = (account: string, from?: string): string =>
  `$ mysql --user=${account}${from ? ` --bind-address=${from}` : ""}`;

/** The counts in the demo's last line. */
interface Totals {
  applies: number;
  answered: number;
  refused: number;
}

/**
 * The actions of the demo: logging in, querying, planning and applying. Each is shown, and its result is
 * checked.
 */
export class Stage {
  readonly totals: Totals = { applies: 0, answered: 0, refused: 0 };
  readonly stacks: Readonly<Record<Stack, Terraform>>;
  readonly began = Date.now();
  readonly cloud: CloudDescription;
  readonly project: DemoProject;
  readonly screen: Screen;
  readonly #control: CloudControl;

  constructor(cloud: CloudDescription, project: DemoProject, screen: Screen, control: CloudControl) {
    this.cloud = cloud;
    this.project = project;
    this.screen = screen;
    this.#control = control;
    this.stacks = Object.fromEntries(STACKS.map(stack => [stack, project.terraform(stack, cloud)])) as Record<
      Stack,
      Terraform
    >;
  }

  get orders() {
    return this.cloud.clusters["orders"]!;
  }

  async logIn(account: string, { secret, shown: name, from }: Login = {}): Promise<Connection> {
    const { screen, orders } = this;
    const shown =
      secret === undefined
        ? `"$(aurora-users token --host ${orders.endpoint} --user ${account})"`
        : (name ?? `'${secret}'`);
    const given = secret ?? (await tokenFor(account, orders));
    let connection: Connection | undefined;
    const answer = await answerTo(async () => {
      connection = await logIn(account, given, this.#target(from));
      return [[]];
    });
    screen.quote([`${mysqlAt(account, from)} --password=${shown}`, ...answer.lines]);
    this.expect(answer.ok, `${account} may log in`, answer.lines.join("\n"));
    this.totals.answered++;
    return connection!;
  }

  /** @param from the client's own address. Default: the system's choice */
  async logInRefused(account: string, secret: string, from?: string): Promise<void> {
    const answer = await answerTo(async () => {
      const connection = await logIn(account, secret, this.#target(from));
      connection.destroy();
      return [[]];
    });
    this.screen.quote([mysqlAt(account, from)]);
    this.#refused(answer, /^ERROR 1045 .*denied/, `${account} is refused`);
  }

  #target(from?: string): LoginTarget {
    return { cluster: this.orders, caFile: this.cloud.caFile, from };
  }

  /** Sends a statement that must succeed, and shows the result. */
  async lets(connection: Connection, sql: string, claim: string, prompt = "mysql"): Promise<void> {
    this.screen.quote([`${prompt}> ${sql}`]);
    const { ok, lines } = await answerTo(() => connection.query(sql));
    this.screen.quote(lines);
    this.expect(ok, claim, lines.join("\n"));
    this.totals.answered++;
  }

  /** Sends a statement that the server must refuse, and shows the error. */
  async refuses(connection: Connection, sql: string, error: RegExp, claim: string): Promise<void> {
    this.screen.quote([`mysql> ${sql}`]);
    this.#refused(await answerTo(() => connection.query(sql)), error, claim);
  }

  #refused({ ok, lines }: Answer, error: RegExp, claim: string): void {
    this.screen.quote(lines);
    this.expect(!ok && error.test(lines[0] ?? ""), claim, lines.join("\n"));
    this.totals.refused++;
  }

  /** Runs `aurora-users` and shows its output. @returns the lines of the output */
  async command(args: readonly string[], expected: 0 | 1 = 0): Promise<string[]> {
    const shown = args.map(arg => (/^[\w./@=:-]+$/.test(arg) ? arg : `'${arg}'`)).join(" ");
    this.screen.quote([`$ aurora-users ${shown}`]);
    const { exitCode, text } = await this.project.command(...args);
    const lines = text.trimEnd().split("\n");
    this.screen.quote(lines);
    this.expect(exitCode === expected, `aurora-users ${shown} ends with ${expected}`, text);
    return lines;
  }

  /** Moves the local cloud's clock forwards to a time. */
  async passTimeUntil(time: Date): Promise<TimePassed> {
    const passed = await this.#control.passTime(time.getTime() - (Date.now() + this.project.aheadMs));
    this.project.aheadMs = passed.aheadMs;
    const failed = passed.fired.filter(({ error }) => error !== undefined);
    this.expect(
      failed.length === 0,
      "the schedules ran",
      failed.map(({ name, error }) => `${name}: ${error}`).join("\n"),
    );
    return passed;
  }

  async plan(): Promise<TerraformPlan> {
    const plan = await this.screen.during("terraform plan aurora-users-orders", () =>
      this.stacks.orders.planText(),
    );
    this.worked("plan of aurora-users-orders", plan);
    return plan;
  }

  /** Shows who gains and who loses by a plan of the stack `orders`. */
  async summarize(plan: TerraformPlan): Promise<void> {
    const { lines, ok } = await summaryOf(this.stacks.orders, plan);
    this.screen.quote([...lines, ""]);
    this.expect(ok, "the plan has a summary", lines.join("\n"));
  }

  /** Shows the summary of a plan, and what Terraform shows of it. */
  async quotePlan(plan: TerraformPlan, record?: string): Promise<void> {
    await this.summarize(plan);
    const { text } = plan;
    const warning = diagnostics(text, "Warning").flatMap(lines => [
      lines[0]!,
      CUT,
      ...lines.slice(lines.lastIndexOf("") + 1),
    ]);
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
      "the check warns about pending statements",
      text,
    );
  }

  async applyPlan(plan: TerraformPlan): Promise<void> {
    const applied = await this.screen.during("terraform apply aurora-users-orders", () =>
      this.apply("orders", plan),
    );
    this.screen.quote([conclusion(applied.text) ?? ""]);
  }

  async apply(stack: Stack, plan?: TerraformPlan): Promise<TerraformRun> {
    const applied = await this.stacks[stack].apply(...(plan ? [plan.file] : []));
    this.totals.applies++;
    return this.worked(`apply of aurora-users-${stack}`, applied);
  }

  async statementsRun() {
    return (await readAudit(this.cloud, "orders"))
      .filter(({ kind }) => kind === "intent")
      .flatMap(this.sqlOf);
  }

  mentions(record: AuditRecord, sql: string): boolean {
    return record["kind"] === "intent" && this.sqlOf(record).some(statement => statement.sql === sql);
  }

  readonly sqlOf = (record: { readonly [name: string]: unknown }) =>
    record["statements"] as { readonly sql: string; readonly why: string }[];

  expectStatements({ text }: TerraformPlan, sql: readonly string[]): void {
    const shown = statementsIn(text);
    this.expect(
      shown.join("\n") === sql.join("\n"),
      `the plan shows ${sql.join("; ")}`,
      `${shown.join("\n")}\n${text}`,
    );
  }

  worked<T extends TerraformRun & { ok: boolean }>(what: string, run: T): T {
    this.expect(run.ok, `terraform: ${what}`, run.text);
    return run;
  }

  /** @throws DemoError */
  expect(holds: boolean, claim: string, shown = ""): void {
    if (holds) return;
    const last = shown.trim().split("\n").slice(-60).join("\n");
    throw new DemoError(`the demo expected this, but it did not happen: ${claim}.${last ? `\n${last}` : ""}`);
  }
}
