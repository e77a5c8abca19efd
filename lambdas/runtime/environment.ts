import * as z from "zod";
import { InternalError } from "../../core/errors";
import { LOG_LEVELS } from "./log";

/** Environment variables that both functions have. */
export const COMMON_VARIABLES = {
  LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
  /** X-Ray. */
  TRACING: z.enum(["true", "false"]).default("false"),
};

/**
 * The environment variables that Terraform set for a function. None of them is a secret.
 * @param whose `the function's`, and which construct deploys it
 * @throws InternalError which names the unusable variables
 */
export function parseEnvironment<T extends z.ZodType>(
  schema: T,
  variables: Readonly<Record<string, string | undefined>>,
  whose: { readonly environment: string; readonly construct: string },
): z.output<T> {
  const parsed = schema.safeParse(variables);
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map(issue => issue.path.join(".")))].join(", ");
  throw new InternalError(
    `${whose.environment} environment is not usable: ${names}. Deploy ${whose.construct} again.`,
  );
}
