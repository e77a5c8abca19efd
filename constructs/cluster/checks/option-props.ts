import type { Construct } from "constructs";
import type * as z from "zod";
import { defined } from "../../../core/json";
import {
  type AccountOptions,
  type Limits,
  limitsSchema,
  type PasswordPolicy,
  passwordPolicySchema,
  type TlsRequirement,
  tlsSchema,
} from "../../../core/roster/account-options";
import { assertOneOf } from "../../terraform/assertions";
import { ValidationError } from "../../terraform/validation-error";

/** The options of an account, as the props of a user have them. */
interface OptionProps {
  readonly suspended?: boolean | undefined;
  readonly login?: "iam" | "password" | undefined;
  readonly password?: PasswordPolicy | undefined;
  readonly limits?: Limits | undefined;
  readonly tls?: TlsRequirement | undefined;
}

/**
 * The options as a roster has them: without those that say nothing.
 * @throws ValidationError if one cannot be used, or is not known at synth
 */
export function accountOptions(scope: Construct, options: OptionProps): AccountOptions {
  const { limits = {}, login = "iam", password = {}, suspended = false, tls = "ssl" } = options;
  if (typeof suspended !== "boolean")
    throw new ValidationError("`suspended` must be true or false, and known at synth", scope);
  assertShape(scope, "limits", limitsSchema, limits);
  assertShape(scope, "tls", tlsSchema, tls);
  assertOneOf(scope, "login", login, ["iam", "password"]);
  assertShape(scope, "password", passwordPolicySchema, password);
  if (password.expiresAfterDays && login === "iam")
    throw new ValidationError("`password` is for services that log in by password", scope);
  const set = Object.entries(limits).filter(([, limit]) => limit);
  return defined({
    suspended: suspended || undefined,
    limits: set.length > 0 ? Object.fromEntries(set) : undefined,
    tls: tls === "ssl" ? undefined : tls,
    login: login === "iam" ? undefined : login,
    password: password.expiresAfterDays ? password : undefined,
  });
}

function assertShape(scope: Construct, prop: string, schema: z.ZodType, value: unknown): void {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (issue) throw new ValidationError(`\`${[prop, ...issue.path].join(".")}\`: ${issue.message}`, scope);
}
