import * as z from "zod";
import { InvalidInputError } from "../errors";

/** What of a plan in JSON counts. Everything else may have any form. */
const valuesSchema = z.record(z.string(), z.unknown()).nullish();

const changeSchema = z.object({
  address: z.string(),
  mode: z.string().default("managed"),
  type: z.string(),
  name: z.string(),
  deposed: z.string().optional(),
  change: z.object({
    actions: z.array(z.string()).min(1),
    before: valuesSchema,
    after: valuesSchema,
    after_unknown: z.unknown().optional(),
  }),
});

interface Module {
  readonly resources?: readonly { readonly type: string; readonly values?: unknown }[] | undefined;
  readonly child_modules?: readonly Module[] | undefined;
}

const moduleSchema: z.ZodType<Module> = z.lazy(() =>
  z.object({
    resources: z.array(z.object({ type: z.string(), values: z.unknown() })).optional(),
    child_modules: z.array(moduleSchema).optional(),
  }),
);

const planSchema = z.object({
  format_version: z.string(),
  terraform_version: z.string().optional(),
  timestamp: z.string().optional(),
  errored: z.boolean().optional(),
  complete: z.boolean().optional(),
  resource_changes: z.array(changeSchema).default([]),
  prior_state: z.object({ values: z.object({ root_module: moduleSchema }).optional() }).optional(),
  planned_values: z.object({ root_module: moduleSchema }).optional(),
});

export type PlanJson = z.output<typeof planSchema>;
export type ResourceChange = z.output<typeof changeSchema>;

/** The major version of the format that this release reads. */
const MAJOR = "1";

const HOW = "make it by `terraform show -json <plan file>` (or `tofu show -json`)";

/**
 * Reads a plan in JSON.
 * @param from the file's name, for errors
 * @throws InvalidInputError if it is no plan, of another major version, or of a form that no plan has
 */
export function parsePlanJson(text: string, from: string): PlanJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInputError(`${from} is neither a plan file nor a plan in JSON: ${HOW}`);
  }
  const version = (value as { format_version?: unknown } | null)?.format_version;
  if (typeof version !== "string")
    throw new InvalidInputError(`${from} is JSON, but no plan: it has no \`format_version\`. ${HOW}`);
  if (version.split(".")[0] !== MAJOR)
    throw new InvalidInputError(
      `${from} has the plan format ${version}, and this release reads ${MAJOR}.x: upgrade cdktf-aurora-users, ` +
        "or make the plan with an older Terraform",
    );
  if (!Object.hasOwn(value as object, "resource_changes") && Object.hasOwn(value as object, "values"))
    throw new InvalidInputError(`${from} is a state, and no plan: ${HOW}`);
  const plan = planSchema.safeParse(value);
  if (plan.success) return plan.data;
  const [issue] = plan.error.issues;
  throw new InvalidInputError(
    `${from} is no plan that this release reads: \`${issue?.path.join(".")}\`: ${issue?.message}`,
  );
}

/** The values of all resources and data sources of a type, in the states of a plan. */
export function valuesOfType({ planned_values, prior_state }: PlanJson, type: string): unknown[] {
  const all = (module: Module | undefined): unknown[] =>
    module
      ? [
          ...(module.resources ?? []).filter(one => one.type === type).map(({ values }) => values),
          ...(module.child_modules ?? []).flatMap(all),
        ]
      : [];
  return [...all(prior_state?.values?.root_module), ...all(planned_values?.root_module)];
}
