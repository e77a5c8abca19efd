import { auditContent, positionKey } from "./audit-item";
import { type ChainFinding, type Encountered, type Misfit, type Sha256, type Stretch, whenOf } from "./chain";

/** At most this many altered items are compared in pairs. Any more are reported as altered. */
const MAX_COMPARED = 100;

type Item = Misfit["item"];

/**
 * Finds items that are in each other's place, with their hashes or by their content alone. `swapped`: their
 * positions; `misfits` and `stretches`: what no swap explains.
 */
export function detectSwaps(met: Encountered, sha256: Sha256) {
  const hashOf = (item: Item, changes: Item) => sha256(auditContent({ ...item, ...changes }));
  const swapped = new Set<number>();
  const found: ChainFinding[] = [];
  const add = (one: number, other: number, item: Item = {}) => {
    const [first, second] = [Math.min(one, other), Math.max(one, other)];
    swapped.add(first).add(second);
    const message = `items ${first} and ${second} were swapped: each is in the other's place`;
    found.push({ kind: "swapped", seq: first, message, ...whenOf(item) });
  };

  const alone = new Map(
    met.stretches.filter(({ from, to }) => from === to).map(stretch => [stretch.from, stretch.shift]),
  );
  const altered = new Map(met.misfits.map(misfit => [misfit.position, misfit.item]));
  for (const [position, shift] of alone) {
    const other = position + shift;
    if (shift === 0 || swapped.has(position)) continue;
    const item = altered.get(other);
    const fits = item
      ? hashOf(item, { sk: positionKey(position) }) === item["hash"]
      : alone.get(other) === -shift;
    if (fits) add(position, other, item);
  }

  // Swapped by content alone: position, link and hash stayed where they were, or position and link did.
  const inPlaceOf = (item: Item, place: Item) =>
    hashOf(item, { sk: place["sk"], prevHash: place["prevHash"] }) === place["hash"];
  const moved = (item: Item, place: Item) => hashOf(item, { sk: place["sk"] }) === item["hash"];
  const isComplete = ({ sk, prevHash }: Item) => sk !== undefined && prevHash !== undefined;
  const open = met.misfits.filter(({ position }) => !swapped.has(position)).slice(0, MAX_COMPARED);
  for (const [index, { item: a, position }] of open.entries())
    for (const { item: b, position: other } of open.slice(index + 1)) {
      if (swapped.has(position) || swapped.has(other) || !isComplete(a) || !isComplete(b)) continue;
      if ((inPlaceOf(a, b) && inPlaceOf(b, a)) || (moved(a, b) && moved(b, a))) add(position, other, a);
    }

  return {
    found,
    misfits: met.misfits.filter(({ position }) => !swapped.has(position)),
    swapped,
    stretches: merged(met.stretches.filter(({ from, to }) => from !== to || !swapped.has(from))),
  };
}

/** Joins neighbouring stretches that moved by the same distance. */
function merged(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches) {
    const before = result.at(-1);
    if (before?.shift === stretch.shift) before.to = stretch.to;
    else result.push({ ...stretch });
  }
  return result;
}
