import { nameSome } from "../name-some";

/**
 * How many characters must be changed, added, left out or swapped with their neighbour to turn one text into
 * the other.
 */
export function editDistance(a: string, b: string): number {
  const from = [...a];
  const to = [...b];
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length]!;
}

/**
 * The candidate that was most likely meant, regardless of case; undefined if none is near. Of equals the
 * first.
 */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  const lower = text.slice(0, 100).toLowerCase();
  const limit = Math.max(1, Math.floor([...lower].length / 3));
  let best: { name: string; distance: number } | undefined;
  for (const name of candidates) {
    if (Math.abs(name.length - lower.length) > limit + 1) continue;
    const distance = editDistance(lower, name.toLowerCase());
    if (distance <= limit && (!best || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

const SHOWN = 12;

/**
 * The hint for a name that does not exist: the nearest one, or else the names that exist. `none` if there are
 * none.
 */
export function nearestHint(text: string, candidates: readonly string[], none: string): string {
  const near = nearest(text, candidates);
  if (near !== undefined) return `did you mean "${near}"?`;
  return candidates.length === 0 ? none : `there are: ${nameSome(candidates, SHOWN)}`;
}
