import * as z from "zod";
import { byCodeUnit, canonicalJson, type Json } from "../json";
import type { PlanJson } from "./plan-json";

/** What of a registry entry says who may get access, or what, without a change of the roster. */
const entrySchema = z.object({
  cluster: z.string(),
  ceiling: z.looseObject({}),
  alsoManages: z.unknown().optional(),
  drift: z.string().default("report"),
  takeOver: z.unknown().optional(),
  unmanaged: z.unknown().optional(),
  sources: z
    .array(z.looseObject({ name: z.string() }))
    .nullish()
    .transform(sources => sources ?? []),
});

/** The names of the members that were added, dropped or changed, in order. */
export function changedMembers(before: object, after: object): string[] {
  const [old, young] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  return [...new Set([...old.keys(), ...young.keys()])].sort(byCodeUnit).flatMap(name => {
    const [was, is] = [old.get(name) as Json | undefined, young.get(name) as Json | undefined];
    if (was === undefined) return is === undefined ? [] : [`${name} added`];
    if (is === undefined) return [`${name} DROPPED`];
    return canonicalJson(was) === canonicalJson(is) ? [] : [`${name} changed`];
  });
}

/**
 * What changes of the registry entries of a plan, as a warning by cluster: a ceiling that is raised, or a
 * source in Parameter Store, gives nothing yet, and no row shows it. Of a new cluster only the sources and
 * the accounts without its prefix.
 */
export function entryWarnings({ resource_changes }: PlanJson): ReadonlyMap<string, string> {
  const found = resource_changes.flatMap(({ change, type }) => {
    if (type !== "aws_ssm_parameter") return [];
    const [before, after] = [change.before, change.after].map(values => entryOf(values?.["insecure_value"]));
    if (before && change.after && !after) return [[before.cluster, "not known yet"] as const];
    if (!after) return [];
    const isNew = !before;
    const { ceiling, drift, unmanaged } = after.members;
    const texts = changedMembers(before?.members ?? { ceiling, drift, unmanaged }, after.members);
    return texts.length === 0
      ? []
      : [[after.cluster, `${isNew ? "new, with " : ""}${texts.join(", ")}`] as const];
  });
  return new Map(
    found.map(([cluster, text]) => [cluster, `the registry entry changes, which no row shows: ${text}`]),
  );
}

function entryOf(text: unknown) {
  try {
    const entry = entrySchema.safeParse(typeof text === "string" ? JSON.parse(text) : undefined);
    if (!entry.success) return undefined;
    const { cluster, sources, ...members } = entry.data;
    const named = sources.map(source => [`source ${source.name}`, source] as const);
    return { cluster, members: { ...members, ...Object.fromEntries(named) } };
  } catch {
    return undefined;
  }
}
