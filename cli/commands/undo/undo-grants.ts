import { type PlacedTerms, placeKey, type RosterChange } from "../../../core/audit";
import { canonicalJson, type Json } from "../../../core/json";
import type { FileGrant } from "../../../core/users";
import type { Edit, EditPath } from "../../../reader";
import { type PlacedItem, placedItems } from "../edit/select-grants";
import { expiresText, itemsGiving, type NamedPlace, placesOf } from "./file-terms";

/** The list of grants that an edit is about: of a user's file, or of a team in teams.yaml. */
export interface GrantList {
  readonly text: string;
  readonly team?: string | undefined;
  /** As the folder declares them; absent: the file is new. */
  readonly grants?: readonly FileGrant[] | undefined;
}

/**
 * The edits of a list of grants that take back what a change set gave on a cluster, and give back what it
 * took. Edits that move no other item come first. Whether they do what they should is proved afterwards.
 */
export function undoEdits(
  { grants, team, text }: GrantList,
  cluster: string,
  { gave = [], took = [] }: Pick<RosterChange, "gave" | "took">,
): Edit[] {
  const back = new Map(took.map(terms => [placeKey(terms), terms]));
  const gone = new Set(gave.map(placeKey));
  const top = team === undefined ? [] : [team];
  const sets: Edit[] = [];
  const parts: Edit[] = [];
  const whole = new Set<number>();
  for (const item of grants ? placedItems(text, { grants }, team) : []) {
    const places = item.cluster === cluster ? placesOf(item) : [];
    const taken = places.filter(({ key }) => gone.has(key));
    if (taken.length === 0) continue;
    const old = taken.map(({ key }) => back.get(key));
    const changes =
      taken.length === places.length
        ? changedTerms([...top, "grants", item.index], item.grant, old, gave)
        : undefined;
    if (changes) {
      sets.push(...changes);
      for (const { key } of taken) back.delete(key);
    } else if (taken.length === places.length) whole.add(item.index);
    else parts.push(...withoutPlaces([...top, "grants", item.index], places, taken));
  }
  const removal: Edit[] = whole.size > 0 ? [{ op: "remove", map: top, key: "grants", indexes: whole }] : [];
  const added = itemsGiving(cluster, [...back.values()]).map(
    (value): Edit => ({ op: "append", map: top, key: "grants", value }),
  );
  return [...sets, ...parts, ...removal, ...added];
}

/** The edits that give an item its old terms, if it had the same on all its places; else undefined. */
function changedTerms(
  map: EditPath,
  grant: PlacedItem["grant"],
  old: readonly (PlacedTerms | undefined)[],
  gave: readonly PlacedTerms[],
): Edit[] | undefined {
  const [first] = old;
  if (!first || old.some(terms => !terms || !hasSameTerms(terms, first))) return undefined;
  const now = gave.find(terms => placeKey(terms) === placeKey(first));
  const rest = ({ privileges, project, grantOption }: PlacedTerms) =>
    canonicalJson({ privileges, project, grantOption } as Json);
  if (!now || rest(now) !== rest(first)) return undefined;
  if (now.role !== first.role && typeof grant["role"] !== "string") return undefined;
  const expires = first.expires === undefined ? undefined : expiresText(first.expires);
  const set = (key: string, value: string | undefined, after: string): Edit[] =>
    value === undefined
      ? key in grant
        ? [{ op: "unset", map, key }]
        : []
      : [{ op: "set", map, key, value, after }];
  return [
    ...(now.role === first.role ? [] : set("role", first.role, "role")),
    ...(now.expires === first.expires ? [] : set("expires", expires, "role")),
    ...(now.reason === first.reason ? [] : set("reason", first.reason, expires ? "expires" : "role")),
  ];
}

const hasSameTerms = ({ on: _, ...a }: PlacedTerms, { on: __, ...b }: PlacedTerms): boolean =>
  canonicalJson(a as Json) === canonicalJson(b as Json);

/** The edits that take some of its places out of an item. A list that would be empty goes as a whole. */
function withoutPlaces(map: EditPath, places: readonly NamedPlace[], taken: readonly NamedPlace[]): Edit[] {
  return [...new Set(taken.map(({ list }) => list))].flatMap((list): Edit[] => {
    const here = taken.filter(place => place.list === list);
    if (here.length === places.filter(place => place.list === list).length)
      return [{ op: "unset", map, key: list }];
    if (list === "columns")
      return here.map(({ at }): Edit => ({ op: "unset", map: [...map, "columns"], key: String(at) }));
    return [{ op: "remove", map, key: list, indexes: new Set(here.map(({ at }) => Number(at))) }];
  });
}
