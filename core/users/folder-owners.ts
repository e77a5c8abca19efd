import type { Field } from "./field";
import type { Projects } from "./resolve-projects";
import type { LocatedTeam } from "./teams/resolve-teams";

/** Somebody who answers for a project, a role or a team. */
export interface Owner {
  readonly name?: string | undefined;
  readonly email: string;
}

/** Who answers for what a folder names. */
export interface FolderOwners {
  /** By project: the owner, and where its databases are. */
  readonly projects: Readonly<
    Record<
      string,
      {
        readonly owner: Owner;
        readonly places: readonly { readonly cluster: string; readonly databases: readonly string[] }[];
      }
    >
  >;
  /** By role; a role may have none. */
  readonly roles: Readonly<Record<string, Owner>>;
  readonly teams: Readonly<Record<string, Owner>>;
}

/** The owners that projects.yaml, roles.yaml and teams.yaml name. @param roles the root of roles.yaml */
export function folderOwners(
  projects: Projects,
  roles: Field | undefined,
  teams: readonly LocatedTeam[],
): FolderOwners {
  return {
    teams: Object.fromEntries(
      teams.flatMap(({ team: { name, owner } }) => (owner ? [[name, owner] as const] : [])),
    ),
    projects: Object.fromEntries(
      [...(projects ?? [])].flatMap(([name, { environments, owner }]) => {
        const places = [...(environments?.values() ?? [])].flatMap(({ cluster, databases }) =>
          cluster === undefined ? [] : [{ cluster, databases }],
        );
        return owner ? [[name, { owner, places }] as const] : [];
      }),
    ),
    roles: Object.fromEntries(
      (roles?.keys() ?? []).flatMap(role => {
        const owner = roles?.at(role, "owner");
        const email = owner?.at("email").text();
        return email === undefined ? [] : [[role, { name: owner?.at("name").text(), email }] as const];
      }),
    ),
  };
}
