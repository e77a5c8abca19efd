import { spawn } from "node:child_process";
import { join } from "node:path";

import { outputOf } from "../process/child-process";
import { findTerraform } from "./terraform-environment";

export { findProviderMirror, findTerraform, terraformEnvironment } from "./terraform-environment";

/** The result of a Terraform command. */
export interface TerraformRun {
  readonly exitCode: number;
  readonly ok: boolean;
  /** Standard output and standard error in the order in which they arrived, without colours. */
  readonly text: string;
  /** Standard output only. */
  readonly stdout: string;
}

/** The parts of Terraform's JSON plan that tests use. */
export interface TerraformPlanJson {
  readonly format_version: string;
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly type: string;
    readonly name: string;
    readonly action_reason?: string;
    readonly change: {
      readonly actions: readonly string[];
      readonly before: Record<string, unknown> | null;
      readonly after: Record<string, unknown> | null;
      readonly after_unknown: Record<string, unknown> | boolean;
    };
  }[];
  readonly checks?: readonly unknown[];
  readonly [more: string]: unknown;
}

export interface TerraformPlan extends TerraformRun {
  /** The plan file, for `apply`. */
  readonly file: string;
  /** Whether the plan contains changes. */
  readonly changes: boolean;
  /** The output of `terraform show -json`. Absent when planning failed, and in the result of `planText`. */
  readonly json?: TerraformPlanJson;
}

/** Terraform (or OpenTofu) in one directory. No method throws: the result says whether a command failed. */
export class Terraform {
  readonly binary: string;
  #plans = 0;

  /**
   * @param directory the folder with the configuration
   * @param environment `terraformEnvironment()` and the AWS settings; added to this process's environment, of
   * which the AWS settings are removed
   */
  constructor(
    readonly directory: string,
    readonly environment: Readonly<Record<string, string>>,
  ) {
    this.binary = findTerraform();
  }

  init(...args: string[]): Promise<TerraformRun> {
    return this.run("init", "-no-color", "-input=false", ...args);
  }

  async plan(...args: string[]): Promise<TerraformPlan> {
    const planned = await this.planText(...args);
    if (!planned.ok) return planned;
    const shown = await this.run("show", "-no-color", "-json", planned.file);
    return { ...planned, json: JSON.parse(shown.stdout) as TerraformPlanJson };
  }

  /** Plans without the JSON, which would take two to three more seconds. */
  async planText(...args: string[]): Promise<TerraformPlan> {
    const file = join(this.directory, `plan-${++this.#plans}.tfplan`);
    const planned = await this.run(
      "plan",
      "-no-color",
      "-input=false",
      "-detailed-exitcode",
      `-out=${file}`,
      ...args,
    );
    const ok = planned.exitCode === 0 || planned.exitCode === 2;
    return { ...planned, ok, file, changes: planned.exitCode === 2 };
  }

  /** Applies a plan file, or plans and applies with the given options. */
  apply(...args: string[]): Promise<TerraformRun> {
    return this.run(
      "apply",
      "-no-color",
      "-input=false",
      "-auto-approve",
      ...args.filter(isOption),
      ...args.filter(arg => !isOption(arg)),
    );
  }

  destroy(...args: string[]): Promise<TerraformRun> {
    return this.run("destroy", "-no-color", "-input=false", "-auto-approve", ...args);
  }

  /** The state as of `terraform show -json`; `undefined` when it is missing or cannot be read. */
  async show(): Promise<{ readonly values?: Record<string, unknown> } | undefined> {
    const shown = await this.run("show", "-no-color", "-json");
    return shown.ok ? (JSON.parse(shown.stdout) as { values?: Record<string, unknown> }) : undefined;
  }

  /** The addresses in the state, sorted. */
  async stateList(): Promise<string[]> {
    const listed = await this.run("state", "list");
    return listed.ok ? listed.stdout.split("\n").filter(Boolean) : [];
  }

  /** `state rm`, `state mv`, `state pull`, ... */
  state(...args: string[]): Promise<TerraformRun> {
    return this.run("state", ...args);
  }

  /** Runs any command. */
  async run(...args: string[]): Promise<TerraformRun> {
    const { status, stdout, text } = await outputOf(
      spawn(this.binary, args, {
        cwd: this.directory,
        env: { ...withoutAws(process.env), ...this.environment },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    return { exitCode: status ?? -1, ok: status === 0, text, stdout };
  }
}

function isOption(arg: string): boolean {
  return arg.startsWith("-");
}

/** The environment without the developer's AWS profile and keys, which must not reach the local cloud. */
function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith("AWS_")));
}
