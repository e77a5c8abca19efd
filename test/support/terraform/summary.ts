import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readPlan } from "../../../core/summary/read-plan";
import { summarizePlan } from "../../../core/summary/summarize-plan";
import type { Summary } from "../../../core/summary/summary";
import type { TerraformPlan, TerraformPlanJson } from "../../../local/terraform/terraform";

/** Where plans are written as fixtures, if they are to be. */
const FIXTURES = process.env["PLAN_FIXTURES"];

/**
 * Who gains and loses access by a real plan.
 * @param name of the fixture, which is written if `PLAN_FIXTURES` asks
 */
export function summaryOf({ json }: TerraformPlan, name: string): Summary {
  if (FIXTURES) {
    mkdirSync(FIXTURES, { recursive: true });
    writeFileSync(join(FIXTURES, `${name}.json`), `${JSON.stringify(fixtureOf(json!), null, 1)}\n`);
  }
  return summarizePlan(readPlan(JSON.stringify(json), name, new Date()));
}

const TYPES = ["aws_lambda_invocation", "terraform_data"];

interface StateJson {
  readonly values: { readonly root_module: { readonly resources: readonly { readonly type: string }[] } };
}

/** The plan without what a summary does not read. */
function fixtureOf({ format_version, prior_state, resource_changes = [], ...plan }: TerraformPlanJson) {
  const resources = (prior_state as StateJson | undefined)?.values.root_module.resources ?? [];
  const invocations = resources.filter(({ type }) => type === "aws_lambda_invocation");
  return {
    format_version,
    terraform_version: plan["terraform_version"],
    timestamp: plan["timestamp"],
    resource_changes: resource_changes.filter(({ type }) => TYPES.includes(type)),
    prior_state: { values: { root_module: { resources: invocations } } },
  };
}
