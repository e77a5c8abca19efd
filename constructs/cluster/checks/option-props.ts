import type { Construct } from "constructs";
import type * as z from "zod";
import { defined } from "../../../core/json";
import { ANY_HOST, canonicalHosts, hostsSchema } from "../../../core/roster/account-hosts";
import {
  type AccountOptions,
  type Limits,
  limitsSchema,
  loginSchema,
  type OtherLogin,
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
  readonly login?: "iam" | OtherLogin | undefined;
  readonly password?: PasswordPolicy | undefined;
  readonly limits?: Limits | undefined;
  readonly tls?: TlsRequirement | undefined;
  readonly hosts?: readonly string[] | undefined;
}

/**
 * The options as a roster has them: without those that say nothing.
 * @throws ValidationError if one cannot be used, or is not known at synth
 */
export function accountOptions(scope: Construct, options: OptionProps): AccountOptions {
  const { hosts = [ANY_HOST], limits = {}, login = "iam", password = {} } = options;
  const { suspended = false, tls = "ssl" } = options;
  const keepsFound = login === "existing";
  if (typeof suspended !== "boolean")
    throw new ValidationError("`suspended` must be true or false, and known at synth", scope);
  assertShape(scope, "limits", limitsSchema, limits);
  assertShape(scope, "tls", tlsSchema, tls);
  assertOneOf(scope, "login", login, loginSchema.options);
  assertShape(scope, "password", passwordPolicySchema, password);
  if (password.expiresAfterDays && login !== "password")
    throw new ValidationError("`password` is for services that log in by password", scope);
  assertShape(scope, "hosts", hostsSchema, hosts);
  const from = canonicalHosts(hosts);
  if (from && login === "password")
    throw new ValidationError("`hosts`: a service that logs in by password does so from anywhere", scope);
  const set = Object.entries(limits).filter(([, limit]) => limit);
  return defined({
    suspended: suspended || undefined,
    // An existing login without limits or TLS requirement has what is found.
    limits: keepsFound ? options.limits : set.length > 0 ? Object.fromEntries(set) : undefined,
    tls: keepsFound ? options.tls : tls === "ssl" ? undefined : tls,
    login: login === "iam" ? undefined : login,
    hosts: from,
    password: password.expiresAfterDays ? password : undefined,
  });
}

function assertShape(scope: Construct, prop: string, schema: z.ZodType, value: unknown): void {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (issue) throw new ValidationError(`\`${[prop, ...issue.path].join(".")}\`: ${issue.message}`, scope);
}
