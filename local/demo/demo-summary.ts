import { writeFileSync } from "node:fs";
import { basename } from "node:path";
import { run } from "../../cli/run";
import type { Terraform, TerraformPlan } from "../terraform/terraform";

/** How many parts are shown: the headline with facts, and the table. SQL and notes are in the plan itself. */
const PARTS = 2;

/**
 * What `aurora-users summary` says of a plan file, up to its table.
 * @returns its lines, and whether it ended with 0
 */
export async function summaryOf(terraform: Terraform, { file }: TerraformPlan) {
  const shown = await terraform.run("show", "-no-color", "-json", file);
  const json = `${file}.json`;
  writeFileSync(json, shown.stdout, { mode: 0o600 });
  const printed: string[] = [];
  const add = (text: string) => void printed.push(text);
  const code = await run(["summary", json, "--format", "text"], {
    out: add,
    err: add,
    env: {},
    now: () => new Date(),
  });
  const parts = printed.join("\n").split("\n\n").slice(0, PARTS).join("\n\n");
  return {
    ok: shown.ok && code === 0,
    lines: [`$ aurora-users summary ${basename(file)} --format text`, ...parts.split("\n")],
  };
}
