import { isDeepStrictEqual } from "node:util";
import type { TerraformPlanJson } from "../terraform/terraform";

/** The attributes of a function that say which code it runs. */
const CODE = [
  "code_sha256",
  "filename",
  "last_modified",
  "qualified_arn",
  "qualified_invoke_arn",
  "source_code_hash",
  "source_code_size",
  "version",
];

interface OutputChange {
  readonly actions: readonly string[];
}

/**
 * What a plan changes besides the functions' code, one line each: `aws_iam_role.x: update of description`.
 * @param allowed addresses that may change, `*` for any text, with `:` and attributes that may be updated if
 * not all
 */
export function unexpectedChanges(plan: TerraformPlanJson, allowed: readonly string[] = []): string[] {
  const resources = (plan.resource_changes ?? []).flatMap(({ address, type, change }) => {
    const actions = change.actions.join("+");
    if (actions === "no-op" || actions === "read") return [];
    if (actions !== "update") return isAllowed(address, "", allowed) ? [] : [`${address}: ${actions}`];
    const attributes = changedAttributes(change).filter(
      name => !(type === "aws_lambda_function" && CODE.includes(name)) && !isAllowed(address, name, allowed),
    );
    return attributes.length === 0 ? [] : [`${address}: update of ${attributes.join(", ")}`];
  });
  const outputs = Object.entries((plan["output_changes"] ?? {}) as Record<string, OutputChange>)
    .filter(([name, { actions }]) => actions.join() !== "no-op" && !isAllowed(`output.${name}`, "", allowed))
    .map(([name, { actions }]) => `output.${name}: ${actions.join("+")}`);
  return [...resources, ...outputs];
}

/** The addresses of functions whose code the plan changes. */
export const changedFunctions = (plan: TerraformPlanJson): string[] =>
  (plan.resource_changes ?? [])
    .filter(({ type, change }) => type === "aws_lambda_function" && change.actions.join() === "update")
    .map(({ address }) => address);

/** The attributes that a resource's change updates, sorted. */
export function changedAttributes({
  before,
  after,
  after_unknown: unknown,
}: NonNullable<TerraformPlanJson["resource_changes"]>[number]["change"]): string[] {
  const unknowns = typeof unknown === "object" ? unknown : {};
  const names = new Set([before, after, unknowns].flatMap(attributes => Object.keys(attributes ?? {})));
  return [...names]
    .filter(name => isUnknown(unknowns[name]) || !isDeepStrictEqual(before?.[name], after?.[name]))
    .sort();
}

/** `true`, or a value that holds `true` somewhere. */
const isUnknown = (value: unknown): boolean =>
  value === true || (typeof value === "object" && value !== null && Object.values(value).some(isUnknown));

function isAllowed(address: string, attribute: string, allowed: readonly string[]): boolean {
  return allowed.some(entry => {
    const [pattern, attributes] = entry.split(":");
    const escaped = pattern!.split("*").map(text => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    if (!new RegExp(`^${escaped.join(".*")}$`).test(address)) return false;
    return attributes === undefined || attributes.split(",").includes(attribute);
  });
}

/** The checks of a plan or a state that do not pass: `check.orders-access: fail`. */
export function failingChecks({ checks = [] }: Pick<TerraformPlanJson, "checks">): string[] {
  const given = checks as readonly { readonly address: { to_display: string }; readonly status: string }[];
  return given
    .filter(({ status }) => status !== "pass" && status !== "unknown")
    .map(({ address, status }) => `${address.to_display}: ${status}`);
}
