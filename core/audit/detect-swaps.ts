import { auditContent, positionKey } from "./audit-item";
import { type ChainFinding, type Encountered, type Misfit, type Sha256, type Stretch, whenOf } from "./chain";

/** Broken items are tried in pairs; of more than this, each is reported for itself. */
const TRIED = 100;

interface Rest {
  readonly found: ChainFinding[];
  readonly misfits: readonly Misfit[];
  readonly stretches: readonly Stretch[];
  /** Every position that a swap explains. */
  readonly swapped: ReadonlySet<number>;
}

/** Finds items that stand in each other's place, with hash and all or by their content alone, and leaves what that does not explain. */
export function detectSwaps(met: Encountered, sha256: Sha256): Rest {
  const hashOf = (item: Misfit["item"], changes: Misfit["item"]) =>
    sha256(auditContent({ ...item, ...changes }));
  const swapped = new Set<number>();
  const found: ChainFinding[] = [];
  const take = (one: number, other: number, item?: Misfit["item"]) => {
    const [first, second] = [Math.min(one, other), Math.max(one, other)];
    swapped.add(first).add(second);
    const message = `items ${first} and ${second} were swapped: each stands in the other's place`;
    found.push({ kind: "swapped", seq: first, message, ...(item ? whenOf(item) : {}) });
  };

  const alone = new Map(
    met.stretches.filter(({ from, to }) => from === to).map(stretch => [stretch.from, stretch.shift]),
  );
  const broken = new Map(met.misfits.map(misfit => [misfit.position, misfit.item]));
  for (const [position, shift] of alone) {
    const other = position + shift;
    if (shift === 0 || swapped.has(position)) continue;
    const item = broken.get(other);
    const fits = item
      ? hashOf(item, { sk: positionKey(position) }) === item["hash"]
      : alone.get(other) === -shift;
    if (fits) take(position, other, item);
  }

  // The same in content only: position, link and hash stayed where they were.
  const left = met.misfits.filter(({ position }) => !swapped.has(position)).slice(0, TRIED);
  for (const [index, { item: a, position }] of left.entries())
    for (const { item: b, position: other } of left.slice(index + 1)) {
      if (swapped.has(position) || swapped.has(other)) continue;
      const whole = [a, b].every(({ sk, prevHash }) => sk !== undefined && prevHash !== undefined);
      if (whole && inPlaceOf(a, b) && inPlaceOf(b, a)) take(position, other, a);
      else if (whole && moved(a, b) && moved(b, a)) take(position, other, a);
    }
  function inPlaceOf(item: Misfit["item"], place: Misfit["item"]): boolean {
    return hashOf(item, { sk: place["sk"], prevHash: place["prevHash"] }) === place["hash"];
  }
  function moved(item: Misfit["item"], place: Misfit["item"]): boolean {
    return hashOf(item, { sk: place["sk"] }) === item["hash"];
  }

  const misfits = met.misfits.filter(({ position }) => !swapped.has(position));
  return {
    found,
    misfits,
    swapped,
    stretches: merged(met.stretches.filter(({ from, to }) => from !== to || !swapped.has(from))),
  };
}

/** Stretches that lie equally far from their place, as one. */
function merged(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const stretch of stretches) {
    const before = result.at(-1);
    if (before?.shift === stretch.shift) before.to = stretch.to;
    else result.push({ ...stretch });
  }
  return result;
}
