import { defined } from "../json";
import { type AccountOptions, type Limits, limitsSchema } from "../roster/account-options";
import { agentDefaults } from "./agents";
import type { Field } from "./field";
import { nearestHint } from "./nearest";
import type { FileGrant } from "./resolve-grant";
import type { Projects } from "./resolve-projects";
import type { Roles } from "./resolve-roles";
import type { User } from "./resolve-user";
import type { Settings } from "./settings-file-schema";

type Terms = Pick<AccountOptions, "limits" | "tls">;

const LIMITS = Object.keys(limitsSchema.shape) as (keyof Limits)[];

/**
 * Limits and TLS requirement of a user's account on one cluster. An existing login has what its own file says,
 * and no defaults: they would shut out who logs in now. What the user's file says counts. For each
 * limit that it does not have, and for TLS, the strictest default of settings.yaml counts: of those for the
 * kind, and for each role and project that the grants there name.
 * @param grants those on the cluster
 */
export function termsOn(user: User, grants: readonly FileGrant[], { defaults = {} }: Settings): Terms {
  if (user.login === "existing") return defined({ limits: user.limits, tls: user.tls });
  const found = [
    user.kind === "agent" ? agentDefaults(defaults) : defaults[user.kind],
    ...grants.map(({ role }) => own(defaults.roles, role)),
    ...grants.map(({ project }) => own(defaults.projects, project?.split("/")[0])),
  ];
  const limits = LIMITS.flatMap(name => {
    const lowest = Math.min(...found.map(terms => terms?.limits?.[name] || Number.POSITIVE_INFINITY));
    const limit = user.limits?.[name] ?? lowest;
    return limit > 0 && Number.isFinite(limit) ? [[name, limit] as const] : [];
  });
  const tls = user.tls ?? (found.some(terms => terms?.tls === "x509") ? "x509" : "ssl");
  return defined({
    limits: limits.length > 0 ? Object.fromEntries(limits) : undefined,
    tls: tls === "ssl" ? undefined : tls,
  });
}

const own = <T>(record: Readonly<Record<string, T>> | undefined, key: string | undefined): T | undefined =>
  record && key !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;

/** Reports defaults of roles and projects that do not exist. @param field `defaults` of settings.yaml */
export function checkDefaults(field: Field, { projects, roles }: { roles: Roles; projects: Projects }): void {
  for (const [what, known] of [
    ["role", roles],
    ["project", projects],
  ] as const)
    for (const name of known ? field.at(`${what}s`).keys() : []) {
      if (known!.has(name)) continue;
      const hint = nearestHint(name, [...known!.keys()], `there is no ${what}`);
      field.at(`${what}s`, name).error(`unknown ${what} "${name}"`, { hint, of: "key" });
    }
}
