import { groupBy } from "../group-by";
import { defined, own } from "../json";
import { ANY_HOST, canonicalHosts } from "../roster/account-hosts";
import { type AccountOptions, type Limits, limitsSchema } from "../roster/account-options";
import { agentDefaults } from "./agents";
import type { Field } from "./field";
import { nearestHint } from "./nearest";
import type { FileGrant } from "./resolve-grant";
import type { Projects } from "./resolve-projects";
import type { Roles } from "./resolve-roles";
import type { LocatedUser, User } from "./resolve-user";
import type { Settings } from "./settings-file-schema";

type Terms = Pick<AccountOptions, "limits" | "tls" | "hosts" | "password">;

const LIMITS = Object.keys(limitsSchema.shape) as (keyof Limits)[];

/** The defaults of settings.yaml for the kind, and for each role and project that the grants name. */
const defaultsFor = ({ kind }: User, grants: readonly FileGrant[], { defaults = {} }: Settings) => [
  kind === "agent" ? agentDefaults(defaults) : defaults[kind],
  ...grants.map(({ role }) => own(defaults.roles, role)),
  ...grants.map(({ project }) => own(defaults.projects, project?.split("/")[0])),
];

/**
 * Limits, TLS requirement, hosts and password policy of a user's account on one cluster. An existing login
 * has what its own file says: defaults would shut out who logs in now. Else what the user's file says counts.
 * For each limit that it does not have, and for the others, the strictest default counts; for hosts the one
 * that all defaults with hosts have.
 * @param grants those on the cluster
 */
export function termsOn(user: User, grants: readonly FileGrant[], settings: Settings): Terms {
  const { hosts: own = [ANY_HOST], login } = user;
  if (login === "existing")
    return defined({ limits: user.limits, tls: user.tls, hosts: canonicalHosts(own) });
  const found: readonly (Terms | undefined)[] = defaultsFor(user, grants, settings);
  const limits = LIMITS.flatMap(name => {
    const limit = user.limits?.[name] ?? lowest(found.map(terms => terms?.limits?.[name]));
    return limit ? [[name, limit] as const] : [];
  });
  const days =
    user.login === "password" &&
    (user.password?.expiresAfterDays ?? lowest(found.map(terms => terms?.password?.expiresAfterDays)));
  const tls = user.tls ?? (found.some(terms => terms?.tls === "x509") ? "x509" : "ssl");
  return defined({
    limits: limits.length > 0 ? Object.fromEntries(limits) : undefined,
    tls: tls === "ssl" ? undefined : tls,
    password: days ? { expiresAfterDays: days } : undefined,
    hosts: canonicalHosts(user.hosts ?? defaultHosts(found)[0] ?? [ANY_HOST]),
  });
}

/** The lowest of numbers of which 0 and undefined are none. */
const lowest = (numbers: readonly (number | undefined)[]): number | undefined => {
  const set = numbers.filter(number => number);
  return set.length > 0 ? Math.min(...(set as number[])) : undefined;
};

/** The different lists of hosts among defaults. `%` alone is none. */
function defaultHosts(found: readonly (Terms | undefined)[]): (readonly string[])[] {
  const lists = found.flatMap(terms => {
    const hosts = terms?.hosts && canonicalHosts(terms.hosts);
    return hosts ? [hosts] : [];
  });
  return [...new Map(lists.map(hosts => [hosts.join(), hosts])).values()];
}

/** Reports users whose defaults say different hosts, or hosts for a login by password. */
export function checkHosts(users: readonly LocatedUser[], settings: Settings): void {
  const byDefault = users.filter(({ user: { hosts, login } }) => !hosts && login !== "existing");
  for (const { grants, user, username } of byDefault)
    for (const on of groupBy(grants, ({ grant }) => grant.cluster).values()) {
      const [first] = on;
      const own = on.map(({ grant }) => grant);
      const [one, other] = defaultHosts(defaultsFor(user, own, settings));
      if (one && user.login === "password")
        first!.field.error(`settings.yaml gives hosts (${one.join(", ")}) to a login by password`, {
          hint: 'it logs in from anywhere: write `hosts: ["%"]` in this file',
        });
      else if (one && other)
        (first!.grant.team === undefined ? first!.field : username).error(
          `settings.yaml has different hosts for this user on "${first!.grant.cluster}": ${one.join(", ")}; ${other.join(", ")}`,
          { hint: "write `hosts` in this file" },
        );
    }
}

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
