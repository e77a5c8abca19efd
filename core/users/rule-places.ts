import { byCodeUnit } from "../json";
import { isInner, parseObjectKey } from "../roster/granted-object";
import { databaseNameSchema } from "../roster/roster";
import type { ClusterOptions } from "./assemble-rosters";
import type { Field } from "./field";
import { nearestHint } from "./nearest";
import type { Projects } from "./resolve-projects";
import type { LocatedUser } from "./resolve-user";

/** The clusters, databases and projects that rules can name. */
export interface KnownPlaces {
  readonly projects: ReadonlyMap<string, NonNullable<ReturnType<NonNullable<Projects>["get"]>>>;
  readonly clusters: readonly string[];
  /** By cluster: every database that a project, a grant or a ceiling names. */
  readonly databases: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Gathers what projects, grants and ceilings name. */
export function knownPlaces(
  projects: Projects,
  users: readonly LocatedUser[],
  clusters: ReadonlyMap<string, ClusterOptions> | undefined,
): KnownPlaces {
  const databases = new Map<string, Set<string>>();
  const add = (cluster: string, names: readonly string[]) => {
    const known = databases.get(cluster) ?? new Set<string>();
    for (const name of names) known.add(name);
    databases.set(cluster, known);
  };
  for (const [cluster, { ceiling }] of clusters ?? []) add(cluster, ceiling?.databases ?? []);
  for (const project of projects?.values() ?? [])
    for (const environment of project.environments?.values() ?? [])
      if (environment.cluster !== undefined) add(environment.cluster, environment.databases);
  for (const { grants } of users)
    for (const { grant } of grants) {
      const inner = (grant.objects ?? []).map(key => parseObjectKey(key)!).filter(isInner);
      add(grant.cluster, [...grant.databases, ...inner.map(({ database }) => database)]);
    }
  return {
    projects: projects ?? new Map(),
    clusters: [...(clusters?.keys() ?? databases.keys())].sort(byCodeUnit),
    databases,
  };
}

/** Databases by cluster; `anywhere` on each cluster. */
export interface Place {
  readonly anywhere: readonly string[];
  readonly on: ReadonlyMap<string, readonly string[]>;
}

/**
 * All that a text names: a database wherever it is, `cluster/database`, a project with all environments, or
 * `project/environment`. If it names several of these, all of them: a rule rather holds too often. What
 * nothing names is a warning, so that nobody keeps the last grant of a database for the sake of a rule. It
 * counts as a database of that name, which a source may still give.
 */
export function placeOf(field: Field, text: string, known: KnownPlaces): Place {
  const { clusters, databases, projects } = known;
  const [first = "", second] = text.split("/");
  const on = new Map<string, string[]>();
  const environments = projects.get(first)?.environments ?? new Map();
  for (const [name, { cluster, databases: own }] of environments)
    if (cluster !== undefined && (second === undefined || second === name))
      on.set(cluster, [...(on.get(cluster) ?? []), ...own]);
  if (second === undefined) {
    const isKnown = [...databases.values()].some(names => names.has(text));
    if (isKnown || projects.has(text)) return { anywhere: isKnown ? [text] : [], on };
    const names = [...projects.keys(), ...[...databases.values()].flatMap(set => [...set])];
    field.warn(`no project and no grant names "${text}"`, {
      hint: nearestHint(text, [...new Set(names)].sort(byCodeUnit), "projects.yaml makes a database known"),
    });
    return { anywhere: [text].filter(canBeDatabase), on };
  }
  const ofCluster = databases.get(first);
  if (clusters.includes(first) && ofCluster?.has(second)) on.set(first, [...(on.get(first) ?? []), second]);
  if (on.size > 0) return { anywhere: [], on };
  const isPlace = clusters.includes(first) || projects.has(first);
  const options = isPlace
    ? [...(ofCluster ?? []), ...environments.keys()]
    : [...clusters, ...projects.keys()];
  const what = isPlace
    ? `"${first}" has no database or environment "${second}"`
    : `unknown cluster or project "${first}"`;
  const wrong = isPlace ? second : first;
  field.warn(what, { hint: nearestHint(wrong, options, "projects.yaml makes a database known") });
  return {
    anywhere: [],
    on: new Map(clusters.includes(first) && canBeDatabase(second) ? [[first, [second]]] : []),
  };
}

const canBeDatabase = (name: string): boolean => databaseNameSchema.safeParse(name).success;

/** The databases on one cluster that the places name. */
export const databasesOn = (places: readonly Place[], cluster: string): string[] =>
  [...new Set(places.flatMap(({ anywhere, on }) => [...anywhere, ...(on.get(cluster) ?? [])]))].sort(
    byCodeUnit,
  );
