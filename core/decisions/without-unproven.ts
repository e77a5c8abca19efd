import { heldPart, type ObservedState } from "../mysql";
import type { KnownSource } from "./known-cluster";

/**
 * The sources, where an unproven one has only what its accounts hold already: it gives nothing and keeps what
 * is there. What it has expired is still taken.
 */
export const withoutUnproven = (
  sources: readonly KnownSource[],
  observed: ObservedState,
  now: Date,
): readonly KnownSource[] =>
  sources.map(source => {
    if (!source.unproven) return source;
    const held = (roster: KnownSource["roster"]) => heldPart(roster, observed, now);
    return { ...source, roster: held(source.roster), effective: held(source.effective), pending: [] };
  });
