import { defined, sortedRecord } from "../json";
import { type Right, type RosterRule, type RosterRules, rosterRuleSchema } from "../roster/roster-rules";
import { patternFault } from "../roster/rule-pattern";
import { inDomains, strengthOf } from "../rules";
import { checkShape } from "./check-shape";
import { Field } from "./field";
import { plainValue, type UsersFile } from "./located-node";
import { nearestHint } from "./nearest";
import type { Problems } from "./problem";
import type { Roles } from "./resolve-roles";
import type { User } from "./resolve-user";
import { databasesOn, type KnownPlaces, type Place, placeOf } from "./rule-places";
import { RULE_KINDS, rulesFileSchema } from "./rules-file-schema";

/** The rules of a folder. */
export interface Rules {
  /** Those that hold on a cluster; undefined for none. */
  on(cluster: string): RosterRules | undefined;
  /** Where a rule is written. */
  field(rule: string): Field | undefined;
}

interface RuleContext {
  readonly roles: Roles;
  readonly places: KnownPlaces;
  /** All users of the folder. */
  readonly users: readonly Pick<User, "username" | "email" | "grants">[];
}

const NONE: Rules = { on: () => undefined, field: () => undefined };

/** Gives the rule for a cluster; undefined if it names nothing there. */
type OnCluster = (cluster: string) => RosterRule | undefined;

/** The rules of rules.yaml with names resolved. What names nothing is reported: a place as a warning. */
export function resolveRules(file: UsersFile | undefined, context: RuleContext, problems: Problems): Rules {
  if (!file?.tree) return NONE;
  const root = new Field(file, problems);
  if (!checkShape(root, rulesFileSchema)) return NONE;
  const written = rulesFileSchema.parse(plainValue(file.tree));
  const rules = Object.entries(written).map(([name, rule]): [string, OnCluster] => {
    const field = root.at(name);
    checkExcepted(field.at("except"), context);
    const common = defined({ why: rule.why, except: rule.except });
    const of = resolveRule(field, rule, context);
    return [
      name,
      cluster => {
        const found = of?.(cluster);
        return found && ({ ...found, ...common } as RosterRule);
      },
    ];
  });
  return {
    on: cluster => {
      const found = rules.flatMap(([name, of]) => {
        const rule = of(cluster);
        return rule ? [[name, rule] as const] : [];
      });
      return found.length > 0 ? sortedRecord(found) : undefined;
    },
    field: rule => (root.at(rule).node() ? root.at(rule) : undefined),
  };
}

/** A constructs' user may have the name, and a user who left had it, so that it is only a warning. */
function checkExcepted(except: Field, { users }: RuleContext): void {
  const usernames = users.map(({ username }) => username);
  for (const user of except.keys())
    if (!usernames.includes(user))
      except.at(user).warn(`no file is of a user "${user}"`, {
        hint: nearestHint(user, usernames, "take the exception out"),
        of: "key",
      });
}

type WrittenRule = ReturnType<typeof rulesFileSchema.parse>[string];

function resolveRule(field: Field, rule: WrittenRule, context: RuleContext): OnCluster | undefined {
  const kind = RULE_KINDS.find(key => key in rule)!;
  const at = field.at(kind);
  if ("neverTogether" in rule) return resolveTogether(at, rule.neverTogether, context);
  if ("noSoleOwner" in rule) return resolveSoleOwner(at, rule.noSoleOwner.on, context);
  if ("readOnly" in rule) {
    const { emailDomains, users } = rule.readOnly;
    if (!emailDomains && !users)
      at.error("names nobody", { hint: "write `emailDomains`, `users` or both", of: "key" });
    const elsewhere = peopleElsewhere(context, inDomains(emailDomains ?? []));
    return cluster => ({ readOnly: defined({ emailDomains, users, people: elsewhere(cluster) }) });
  }
  if ("reasonMatches" in rule && !checkPattern(at.at("pattern"), rule.reasonMatches.pattern))
    return undefined;
  const { on, role, ...terms } = (rule as Readonly<Record<string, { on?: string[]; role?: string }>>)[kind]!;
  const right = resolveRight(at, { role, on }, context);
  const isAllowed = "emailDomains" in rule ? inDomains(rule.emailDomains.domains) : () => true;
  const elsewhere = peopleElsewhere(context, email => !isAllowed(email));
  return (
    right &&
    (cluster => {
      const placed = right(cluster);
      const people = elsewhere(cluster);
      return placed && rosterRuleSchema.parse({ [kind]: { ...terms, ...placed, ...defined({ people }) } });
    })
  );
}

/**
 * Gives, for a cluster, the users with such an address who have no account there: a source may name them,
 * with another address. Undefined for none.
 */
function peopleElsewhere({ users }: RuleContext, isMeant: (email: string) => boolean) {
  const meant = users.filter(({ email }) => email !== undefined && isMeant(email));
  return (cluster: string): readonly string[] | undefined => {
    const found = meant.filter(({ grants }) => grants.every(grant => grant.cluster !== cluster));
    return found.length > 0 ? found.map(({ username }) => username) : undefined;
  };
}

/** Whether the text is a pattern; if not, that is reported. */
function checkPattern(field: Field, pattern: string): boolean {
  const fault = patternFault(pattern);
  if (fault !== undefined)
    field.error(`${JSON.stringify(pattern)} ${fault}`, {
      hint: "docs/rules.md says what a pattern may hold",
    });
  return fault === undefined;
}

/** What the role lets its holder do; undefined for an unknown role, which is reported. */
function strengthOfRole(field: Field, role: string, roles: Roles): Right["strength"] | undefined {
  const privileges = roles?.get(role);
  if (roles && !privileges)
    field.error(`unknown role "${role}"`, {
      hint: nearestHint(role, [...roles.keys()], "roles.yaml has no role"),
    });
  return privileges && strengthOf(privileges);
}

/** A role at the places of `on`. Without a role: what lets its holder do anything. */
function resolveRight(
  field: Field,
  { on, role }: { readonly on?: readonly string[] | undefined; readonly role?: string | undefined },
  { places: known, roles }: RuleContext,
): ((cluster: string) => Right | Omit<Right, "role"> | undefined) | undefined {
  const strength = role === undefined ? "read" : strengthOfRole(field.at("role"), role, roles);
  const places = on?.map((text, index) => placeOf(field.at("on", index), text, known));
  if (strength === undefined) return undefined;
  return cluster => {
    const databases = places && databasesOn(places, cluster);
    return databases?.length === 0 ? undefined : { strength, ...defined({ databases, role }) };
  };
}

function resolveTogether(at: Field, texts: readonly string[], context: RuleContext): OnCluster | undefined {
  const rights = texts.map((text, index) => {
    const field = at.at(index);
    const colon = text.lastIndexOf(":");
    if (colon < 1) {
      field.error(`"${text}" names no role`, { hint: "write a place and a role, as `payments:write`" });
      return undefined;
    }
    const [name, role] = [text.slice(0, colon), text.slice(colon + 1)];
    const place = placeOf(field, name, context.places);
    const strength = strengthOfRole(field, role, context.roles);
    return strength && { place, role, strength, field, text };
  });
  const all = rights.filter(right => right !== undefined);
  if (all.length < rights.length) return undefined;
  const shared = all.flatMap((right, index) => {
    const other = all.slice(0, index).find(before => meets(before.place, right.place, context.places));
    return other ? [{ right, other }] : [];
  });
  for (const { other, right } of shared)
    right.field.error(`"${right.text}" and "${other.text}" share a database`, {
      hint: "one grant there would be both: write `cluster/database` or `project/environment`",
    });
  return cluster => {
    const placed = all.map(({ place, role, strength }) => ({
      role,
      strength,
      databases: databasesOn([place], cluster),
    }));
    return placed.every(({ databases }) => databases.length === 0) ? undefined : { neverTogether: placed };
  };
}

/** Whether two places have a database in common, on a known cluster. */
const meets = (one: Place, other: Place, { clusters }: KnownPlaces): boolean =>
  clusters.some(cluster => {
    const databases = databasesOn([one], cluster);
    return databasesOn([other], cluster).some(name => databases.includes(name));
  });

/** The environments of the projects that `on` names, each with its owner. */
function resolveSoleOwner(at: Field, on: readonly string[] | undefined, { places }: RuleContext): OnCluster {
  const isNamed = (project: string, environment: string) =>
    on === undefined || on.includes(project) || on.includes(`${project}/${environment}`);
  const all = [...places.projects].flatMap(([project, { environments, owner }]) =>
    [...(environments ?? [])].map(([environment, details]) => ({ project, environment, owner, ...details })),
  );
  for (const [index, text] of (on ?? []).entries())
    if (!all.some(({ environment, project }) => text === project || text === `${project}/${environment}`))
      at.at("on", index).warn(`unknown project "${text}"`, {
        hint: nearestHint(text, [...places.projects.keys()], "projects.yaml has no project"),
      });
  return cluster => {
    const here = all.flatMap(one =>
      one.cluster === cluster && one.owner && isNamed(one.project, one.environment)
        ? [
            [
              `${one.project}/${one.environment}`,
              { owner: one.owner.email, databases: one.databases },
            ] as const,
          ]
        : [],
    );
    return here.length > 0 ? { noSoleOwner: sortedRecord(here) } : undefined;
  };
}
