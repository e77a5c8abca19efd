import { lowerName } from "../catalogue/lower-case";
import { groupBy } from "../group-by";
import { byCodeUnit, canonicalJson, type Json } from "../json";
import { escapeDatabase, patternsOverlap } from "../mysql/database-name";
import type { PlacedGrant } from "../roster/roster";
import type { FolderOwners, Owner } from "../users/folder-owners";
import { type ChangedGrant, changedGrants, type Rosters } from "./changed-grants";

/** What a users folder declares, and who answers for it. */
export interface OwnedState {
  readonly rosters: Rosters;
  readonly owners: FolderOwners;
}

/** Something that a change touches. */
export interface Touched {
  readonly kind: "database" | "project" | "role" | "server" | "rules";
  /** `shop`; of a database with its cluster: `orders/shop`. */
  readonly name: string;
  /** The owner's e-mail address. Absent: nobody is its owner. */
  readonly owner?: string;
  /** The people who gain something there, or whose access there is altered, by user name. */
  readonly gain: readonly string[];
}

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
}

/**
 * The owners of every database, project and role that a change touches. Owners are those from before the
 * change, so that no change makes its author the owner first; what is new has its new owner.
 */
export function approversOf(before: OwnedState, after: OwnedState): Approvals {
  const changed = changedGrants(before.rosters, after.rosters);
  const owners = new Owners(before.owners, after.owners);
  const touched = [
    ...touchedBy(changed, owners),
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
  };
}

const textsOf = (touched: readonly Touched[]): string[] =>
  [...new Set(touched.map(({ kind, name }) => `${kind} ${name}`))].sort(byCodeUnit);

/** What is not agreed to yet, one line each; empty if everybody agreed who has to. */
export function missingApprovals({ gaining, required }: Approvals, approvers: readonly string[]): string[] {
  const given = new Set(approvers.map(email => email.toLowerCase()));
  const disinterested = [...given].filter(email => !gaining.includes(email));
  return required.flatMap(({ gains, owner, touched }) => {
    const own = gains.length > 0 && disinterested.length === 0;
    const other = touched.filter(text => !gains.includes(text));
    return [
      ...(other.length > 0 && !given.has(owner) ? [`${owner} has not agreed: ${other.join(", ")}`] : []),
      ...(own
        ? [`${owner} gains by the change, so another person has to agree, who does not: ${gains.join(", ")}`]
        : []),
    ];
  });
}

/** The databases, projects and roles of changed grants, each with who gains there. */
function touchedBy(changed: readonly ChangedGrant[], owners: Owners): Touched[] {
  const all = changed.flatMap(({ cluster, person, placed, side }) => {
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
  return [
    ...groupBy(all, ({ kind, name, ...one }) => canonicalJson([kind, name, owner(one) ?? null])).values(),
  ].map(same => ({ ...same[0]!, gain: [...new Set(same.flatMap(({ gain }) => gain))] }));
}

const owner = (one: object): string | undefined => ("owner" in one ? (one.owner as string) : undefined);

/** Projects and roles that get another owner, or whose databases are others. */
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
  ];
}

const touchedRules = (before: OwnedState, after: OwnedState): Touched[] => {
  const rulesOf = ({ rosters }: OwnedState) =>
    Object.fromEntries(Object.entries(rosters).map(([cluster, { rules }]) => [cluster, rules ?? null]));
  const [one, other] = [rulesOf(before), rulesOf(after)] as unknown as [Json, Json];
  return canonicalJson(one) === canonicalJson(other)
    ? []
    : [{ kind: "rules", name: "of rules.yaml", gain: [] }];
};

const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Who owns what: by the state before a change, or after it for what is new. */
class Owners {
  readonly #before: FolderOwners;
  readonly #after: FolderOwners;
  readonly #databases = new Map<string, Map<string, string[]>>();

  constructor(before: FolderOwners, after: FolderOwners) {
    this.#before = before;
    this.#after = after;
    this.#add(before);
    const known = new Set(
      [...this.#databases].flatMap(([cluster, all]) => [...all.keys()].map(key => `${cluster}/${key}`)),
    );
    this.#add(after, known);
  }

  project = (name: string) =>
    this.#found(own(this.#before.projects, name)?.owner ?? own(this.#after.projects, name)?.owner);
  role = (name: string) => this.#found(own(this.#before.roles, name) ?? own(this.#after.roles, name));
  /** Whether somebody owns the role. That a role has no owner is normal. */
  isRole = (name: string): boolean =>
    Object.hasOwn(this.#before.roles, name) || Object.hasOwn(this.#after.roles, name);

  /** The databases that a grant reaches, each with its owners, or with none. */
  databasesOf(cluster: string, { database, object }: PlacedGrant) {
    const known = this.#databases.get(cluster) ?? new Map<string, string[]>();
    const isPattern = object?.kind === "PATTERN";
    const name = lowerName(database);
    const reached = [...known].filter(([one]) =>
      isPattern ? patternsOverlap(escapeDatabase(one), name) : one === name,
    );
    if (reached.length === 0) return [{ kind: "database" as const, name: `${cluster}/${database}` }];
    return reached.flatMap(([one, emails]) =>
      emails.map(email => ({ kind: "database" as const, name: `${cluster}/${one}`, owner: email })),
    );
  }

  nameOf(email: string): string | undefined {
    return [this.#before, this.#after]
      .flatMap(({ projects, roles }) => [
        ...Object.values(projects).map(one => one.owner),
        ...Object.values(roles),
      ])
      .find(one => one.email.toLowerCase() === email)?.name;
  }

  #found = (found: Owner | undefined) => (found ? { owner: found.email } : {});

  #add({ projects }: FolderOwners, except: ReadonlySet<string> = new Set()): void {
    for (const { owner: by, places } of Object.values(projects))
      for (const { cluster, databases } of places) {
        const all = this.#databases.get(cluster) ?? new Map<string, string[]>();
        this.#databases.set(cluster, all);
        for (const name of databases.map(lowerName))
          if (!except.has(`${cluster}/${name}`))
            all.set(name, [...new Set([...(all.get(name) ?? []), by.email])]);
      }
  }
}

/** The e-mail addresses of people, in either state: a change may give somebody another one. */
class Emails {
  readonly #byPerson = new Map<string, Set<string>>();

  constructor(...states: readonly Rosters[]) {
    for (const rosters of states)
      for (const { accounts } of Object.values(rosters))
        for (const { email, owner: by, user } of Object.values(accounts)) {
          const known = this.#byPerson.get(by ?? user) ?? new Set<string>();
          if (email !== undefined) known.add(email.toLowerCase());
          this.#byPerson.set(by ?? user, known);
        }
  }

  of(person: string): ReadonlySet<string> {
    return this.#byPerson.get(person) ?? new Set();
  }
}
