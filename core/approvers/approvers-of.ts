import { groupBy } from "../group-by";
import { byCodeUnit, canonicalJson, type Json, own } from "../json";
import { withoutPeople } from "../roster/roster-rules";
import { type ChangedGrant, changedGrants, changedTeamGrants } from "./changed-grants";
import { Emails } from "./emails";
import type { OwnedState, Touched } from "./owned-state";
import { Owners } from "./owners";

/** Somebody who has to agree, and to what. */
export interface RequiredApprover {
  readonly owner: string;
  readonly name?: string | undefined;
  readonly touched: readonly string[];
  /** What of it the owner gains: there another person has to agree, who gains nothing. */
  readonly gains: readonly string[];
}

/** Who has to agree to a change. */
export interface Approvals {
  readonly required: readonly RequiredApprover[];
  /** What the change touches and nobody owns. */
  readonly unowned: readonly string[];
  /** The e-mail addresses of everybody who gains something by the change. */
  readonly gaining: readonly string[];
  /** What cannot be known of the change, one sentence each. Nobody can agree to that. */
  readonly unsure: readonly string[];
}

/** What a plan changes that no two states of a folder show. */
export interface Beyond {
  /** What is changed back in a database. */
  readonly drift: readonly ChangedGrant[];
  readonly unsure: readonly string[];
}

/**
 * The owners of every database, project, role and team that a change touches. Owners are those from before
 * the change, so that no change makes its author the owner first; what is new has its new owner.
 */
export function approversOf(before: OwnedState, after: OwnedState, beyond?: Beyond): Approvals {
  const changed = [...changedGrants(before.rosters, after.rosters), ...(beyond?.drift ?? [])];
  const owners = new Owners(before, after);
  const touched = [
    ...touchedBy(changed, owners),
    ...touchedTeams(changedTeamGrants(before.rosters, after.rosters), owners),
    ...touchedOwners(before, after),
    ...touchedRules(before, after),
  ];
  const emails = new Emails(before.rosters, after.rosters);
  const byOwner = groupBy(
    touched.filter(({ owner }) => owner !== undefined),
    ({ owner }) => owner!.toLowerCase(),
  );
  return {
    required: [...byOwner]
      .sort(([a], [b]) => byCodeUnit(a, b))
      .map(([owner, all]) => ({
        owner,
        name: owners.nameOf(owner),
        touched: textsOf(all),
        gains: textsOf(all.filter(({ gain }) => gain.some(person => emails.of(person).has(owner)))),
      })),
    unowned: textsOf(touched.filter(({ owner }) => owner === undefined)),
    gaining: [
      ...new Set(touched.flatMap(({ gain }) => gain.flatMap(person => [...emails.of(person)]))),
    ].sort(),
    unsure: beyond?.unsure ?? [],
  };
}

const textsOf = (touched: readonly Touched[]): string[] =>
  [...new Set(touched.map(({ kind, name }) => `${kind} ${name}`))].sort(byCodeUnit);

/** What is not agreed to yet, one line each; empty if everybody agreed who has to. */
export function missingApprovals(
  { gaining, required, unsure }: Approvals,
  approvers: readonly string[],
): string[] {
  const given = new Set(approvers.map(email => email.toLowerCase()));
  const disinterested = [...given].filter(email => !gaining.includes(email));
  const missing = required.flatMap(({ gains, owner, touched }) => {
    const own = gains.length > 0 && disinterested.length === 0;
    const other = touched.filter(text => !gains.includes(text));
    return [
      ...(other.length > 0 && !given.has(owner) ? [`${owner} has not agreed: ${other.join(", ")}`] : []),
      ...(own
        ? [`${owner} gains by the change, so another person has to agree, who does not: ${gains.join(", ")}`]
        : []),
    ];
  });
  return [...unsure, ...missing];
}

/** The databases, projects and roles of changed grants, each with who gains there. */
function touchedBy(changed: readonly ChangedGrant[], owners: Owners): Touched[] {
  const all: Touched[] = changed.flatMap(({ cluster, person, placed, side }) => {
    const gain = side === "after" ? [person] : [];
    const { grant, object } = placed;
    const isOfServer = object?.kind === "PRIVILEGE" || object?.kind === "ROLE";
    const project = grant.project?.split("/")[0];
    return [
      ...(isOfServer
        ? [{ kind: "server" as const, name: cluster, gain }]
        : owners.databasesOf(cluster, placed).map(one => ({ ...one, gain }))),
      ...(project === undefined
        ? []
        : [{ kind: "project" as const, name: project, ...owners.project(project), gain }]),
      ...(owners.isRole(grant.role)
        ? [{ kind: "role" as const, name: grant.role, ...owners.role(grant.role), gain }]
        : []),
    ];
  });
  return joined(all);
}

/** The teams whose grants or members change, each with who gains there. */
const touchedTeams = (changed: readonly ChangedGrant[], owners: Owners): Touched[] =>
  joined(
    changed.map(({ person, placed, side }) => {
      const name = placed.grant.team!;
      return { kind: "team", name, ...owners.team(name), gain: side === "after" ? [person] : [] };
    }),
  );

/** What is touched several times is one. */
const joined = (all: readonly Touched[]): Touched[] =>
  [...groupBy(all, ({ kind, name, owner }) => canonicalJson([kind, name, owner ?? null])).values()].map(
    same => ({ ...same[0]!, gain: [...new Set(same.flatMap(({ gain }) => gain))] }),
  );

/** Projects, roles and teams that get another owner, or projects whose databases are others. */
function touchedOwners(before: OwnedState, after: OwnedState): Touched[] {
  const different = (one: unknown, other: unknown) =>
    one !== undefined && canonicalJson(one as Json) !== canonicalJson((other ?? null) as Json);
  return [
    ...Object.entries(before.owners.projects)
      .filter(([name, project]) => different(project, own(after.owners.projects, name)))
      .map(([name, project]) => ({ kind: "project" as const, name, owner: project.owner.email, gain: [] })),
    ...Object.entries(before.owners.roles)
      .filter(([name, role]) => different(role, own(after.owners.roles, name)))
      .map(([name, role]) => ({ kind: "role" as const, name, owner: role.email, gain: [] })),
    ...Object.entries(before.owners.teams)
      .filter(([name, team]) => different(team, own(after.owners.teams, name)))
      .map(([name, team]) => ({ kind: "team" as const, name, owner: team.email, gain: [] })),
  ];
}

/** The rules, if those of a cluster change. Nobody owns them. A cluster that is new has them as it comes. */
const touchedRules = ({ rosters: before }: OwnedState, { rosters: after }: OwnedState): Touched[] => {
  const rulesOf = (rosters: OwnedState["rosters"], cluster: string) =>
    canonicalJson(withoutPeople(rosters[cluster]!.rules ?? {}) as unknown as Json);
  const both = Object.keys(before).filter(cluster => Object.hasOwn(after, cluster));
  return both.some(cluster => rulesOf(before, cluster) !== rulesOf(after, cluster))
    ? [{ kind: "rules", name: "of rules.yaml", gain: [] }]
    : [];
};
