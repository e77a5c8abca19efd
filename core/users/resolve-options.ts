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

type Terms = Pick<AccountOptions, "limits" | "tls" | "password">;

const LIMITS = Object.keys(limitsSchema.shape) as (keyof Limits)[];

/**
 * Limits, TLS requirement and password policy of a user's account on one cluster. What the user's file says
 * counts. For each limit that it does not have, and for the others, the strictest default of settings.yaml
 * counts: of those for the kind, and for each role and project that the grants there name.
 * @param grants those on the cluster
 */
export function termsOn(user: User, grants: readonly FileGrant[], { defaults = {} }: Settings): Terms {
  const found: readonly (Terms | undefined)[] = [
    user.kind === "agent" ? agentDefaults(defaults) : defaults[user.kind],
    ...grants.map(({ role }) => own(defaults.roles, role)),
    ...grants.map(({ project }) => own(defaults.projects, project?.split("/")[0])),
  ];
  const limits = LIMITS.flatMap(name => {
    const limit = user.limits?.[name] ?? lowest(found.map(terms => terms?.limits?.[name]));
    return limit ? [[name, limit] as const] : [];
  });
  const days =
    user.login &&
    (user.password?.expiresAfterDays ?? lowest(found.map(terms => terms?.password?.expiresAfterDays)));
  const tls = user.tls ?? (found.some(terms => terms?.tls === "x509") ? "x509" : "ssl");
  return defined({
    limits: limits.length > 0 ? Object.fromEntries(limits) : undefined,
    tls: tls === "ssl" ? undefined : tls,
    password: days ? { expiresAfterDays: days } : undefined,
  });
}

/** The lowest of numbers of which 0 and undefined are none. */
const lowest = (numbers: readonly (number | undefined)[]): number | undefined => {
  const set = numbers.filter(number => number);
  return set.length > 0 ? Math.min(...(set as number[])) : undefined;
};

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
