import { type PlacedTerms, placeKey, type RosterChange } from "../../../core/audit";
import { canonicalJson, type Json } from "../../../core/json";
import type { User } from "../../../core/users";
import type { Edit } from "../../../reader";
import { type PlacedItem, placedItems } from "../edit/select-grants";
import { expiresText, itemsGiving, type NamedPlace, placesOf } from "./file-terms";

/**
 * The edits of a user's file that take back what a change set gave on a cluster, and give back what it took.
 * Edits that move no other item come first. Whether they do what they should is proved afterwards.
 * @param user undefined: the file is new
 */
export function undoEdits(
  text: string,
  user: User | undefined,
  cluster: string,
  { gave = [], took = [] }: Pick<RosterChange, "gave" | "took">,
): Edit[] {
  const back = new Map(took.map(terms => [placeKey(terms), terms]));
  const gone = new Set(gave.map(placeKey));
  const sets: Edit[] = [];
  const parts: Edit[] = [];
  const whole = new Set<number>();
  for (const item of user ? placedItems(text, user) : []) {
    const places = item.cluster === cluster ? placesOf(item) : [];
    const taken = places.filter(({ key }) => gone.has(key));
    if (taken.length === 0) continue;
    const old = taken.map(({ key }) => back.get(key));
    const changes = taken.length === places.length ? changedTerms(item, old, gave) : undefined;
    if (changes) {
      sets.push(...changes);
      for (const { key } of taken) back.delete(key);
    } else if (taken.length === places.length) whole.add(item.index);
    else parts.push(...withoutPlaces(item, places, taken));
  }
  const removal: Edit[] = whole.size > 0 ? [{ op: "remove", map: [], key: "grants", indexes: whole }] : [];
  const added = itemsGiving(cluster, [...back.values()]).map(
    (value): Edit => ({ op: "append", map: [], key: "grants", value }),
  );
  return [...sets, ...parts, ...removal, ...added];
}

/** The edits that give an item its old terms, if it had the same on all its places; else undefined. */
function changedTerms(
  { grant, index }: PlacedItem,
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
  const map = ["grants", index];
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
function withoutPlaces(
  { index }: PlacedItem,
  places: readonly NamedPlace[],
  taken: readonly NamedPlace[],
): Edit[] {
  const map = ["grants", index];
  return [...new Set(taken.map(({ list }) => list))].flatMap((list): Edit[] => {
    const here = taken.filter(place => place.list === list);
    if (here.length === places.filter(place => place.list === list).length)
      return [{ op: "unset", map, key: list }];
    if (list === "columns")
      return here.map(({ at }): Edit => ({ op: "unset", map: [...map, "columns"], key: String(at) }));
    return [{ op: "remove", map, key: list, indexes: new Set(here.map(({ at }) => Number(at))) }];
  });
}
