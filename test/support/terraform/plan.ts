import type { TerraformPlan } from "../../../local/terraform/terraform";

/** Fails with Terraform's own text unless the command succeeded. */
export function must<T extends { ok: boolean; text: string }>(run: T): T {
  if (!run.ok) throw new Error(`terraform failed:\n${run.text}`);
  return run;
}

/** The statements that a reviewer sees in the plan's text: those of the new change set, in order. */
export function shownStatements(plan: TerraformPlan): string[] {
  const lines = plan.text.matchAll(/^\s+\+ "\d{4,6}" += (".*")$/gm);
  return [...lines].map(([, quoted]) => JSON.parse(quoted!) as string);
}

/** Fails with the plan's own text unless there is nothing to do. */
export function expectNoChanges(plan: TerraformPlan): void {
  expect(must(plan).changes ? plan.text : "No changes").toBe("No changes");
}

/** The statements in the hook's planned input; undefined while the plan does not know the input. */
export function plannedStatements(plan: TerraformPlan, name: string): string[] | undefined {
  const body = plannedChangeSet(plan, name);
  return body && Object.values(body.statements);
}

export interface PlannedChangeSet {
  readonly id: string;
  readonly status: string;
  readonly statements: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

export function plannedChangeSet(plan: TerraformPlan, name: string): PlannedChangeSet | undefined {
  const hook = change(plan, `aws_lambda_invocation.${name}-access`);
  const input = hook?.change.after?.["input"];
  if (typeof input !== "string") return undefined;
  const [entry] = Object.entries(
    (JSON.parse(input) as { changeSet: Record<string, Omit<PlannedChangeSet, "id">> }).changeSet,
  );
  return { id: entry![0], ...entry![1] };
}

/** The planned change of one address. */
export const change = (plan: TerraformPlan, address: string) =>
  plan.json?.resource_changes?.find(c => c.address === address);

/** Addresses that the plan changes, with what happens to them. */
export const changes = (plan: TerraformPlan): Record<string, string> =>
  Object.fromEntries(
    (plan.json?.resource_changes ?? [])
      .filter(c => c.change.actions.join() !== "no-op" && c.change.actions.join() !== "read")
      .map(c => [c.address, c.change.actions.join("+")]),
  );
