import { lowerName } from "../catalogue/lower-case";
import { own } from "../json";
import { nameMatcher } from "../mysql/database-name";
import type { PlacedGrant } from "../roster/roster";
import type { FolderOwners, Owner } from "../users/folder-owners";
import type { OwnedState, Touched } from "./owned-state";

/** Who owns what: by the state before a change, or after it for what is new. */
export class Owners {
  readonly #before: FolderOwners;
  readonly #after: FolderOwners;
  readonly #databases = new Map<string, Map<string, string[]>>();

  constructor(before: OwnedState, after: OwnedState) {
    this.#before = withOwnersOfRosters(before);
    this.#after = withOwnersOfRosters(after);
    this.#add(this.#before);
    const known = new Set(
      [...this.#databases].flatMap(([cluster, all]) => [...all.keys()].map(key => `${cluster}/${key}`)),
    );
    this.#add(this.#after, known);
  }

  project = (name: string) =>
    this.#found(own(this.#before.projects, name)?.owner ?? own(this.#after.projects, name)?.owner);
  role = (name: string) => this.#found(own(this.#before.roles, name) ?? own(this.#after.roles, name));
  team = (name: string) => this.#found(own(this.#before.teams, name) ?? own(this.#after.teams, name));
  /** Whether somebody owns the role. That a role has no owner is normal. */
  isRole = (name: string): boolean =>
    Object.hasOwn(this.#before.roles, name) || Object.hasOwn(this.#after.roles, name);

  /** The databases that a grant reaches, each with its owners, or with none. */
  databasesOf(cluster: string, { database, object }: PlacedGrant): Omit<Touched, "gain">[] {
    const known = this.#databases.get(cluster) ?? new Map<string, string[]>();
    const name = lowerName(database);
    const all = object?.kind === "PATTERN" ? [...known.keys()].filter(nameMatcher(name)) : [name];
    const reached = all.flatMap(one => (known.has(one) ? [[one, known.get(one)!] as const] : []));
    if (reached.length === 0) return [{ kind: "database" as const, name: `${cluster}/${database}` }];
    return reached.flatMap(([one, emails]) =>
      emails.map(email => ({ kind: "database" as const, name: `${cluster}/${one}`, owner: email })),
    );
  }

  nameOf(email: string): string | undefined {
    return [this.#before, this.#after]
      .flatMap(({ projects, roles, teams }) => [
        ...Object.values(projects).map(one => one.owner),
        ...Object.values(roles),
        ...Object.values(teams),
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

/**
 * The owners of a folder, and those that only rosters name: a plan may be of another folder. They name no
 * databases.
 */
function withOwnersOfRosters({ owners, rosters }: OwnedState): FolderOwners {
  const all = Object.values(rosters);
  const projects = all.flatMap(roster =>
    Object.entries(roster.projects ?? {}).map(([name, { owner }]) => [name, { owner, places: [] }] as const),
  );
  const teams = all.flatMap(roster =>
    Object.entries(roster.teams ?? {}).map(([name, { owner }]) => [name, owner] as const),
  );
  return {
    ...owners,
    projects: { ...Object.fromEntries(projects), ...owners.projects },
    teams: { ...Object.fromEntries(teams), ...owners.teams },
  };
}
