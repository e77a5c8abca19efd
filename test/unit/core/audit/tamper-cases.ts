import { positionKey } from "../../../../core/audit";
import { endOf, rehashed, relinked, type SampleChain, sha256, type Tampered } from "./audit-sample";

/** One way to alter a chain, and what must be found. */
export interface Case {
  readonly title: string;
  readonly tamper: (of: SampleChain) => Tampered;
  readonly expected: (of: SampleChain) => string[];
  /** Further findings with anchors. */
  readonly anchored?: readonly string[];
  /** Whether it is also tried on 10,000 items. */
  readonly large?: true;
}

const altered: Case[] = [
  {
    title: "an item whose content was altered",
    tamper: c => ({ chain: c.with({ [c.middle]: { ...c.at(c.middle), who: "nobody" } }) }),
    expected: c => [`altered ${c.middle}`],
    large: true,
  },
  {
    title: "an attribute that was added",
    tamper: c => ({ chain: c.with({ [c.middle]: { ...c.at(c.middle), note: null } }) }),
    expected: c => [`altered ${c.middle}`],
  },
  {
    title: "a hash that was altered",
    tamper: c => ({ chain: c.with({ [c.middle]: { ...c.at(c.middle), hash: sha256("") } }) }),
    expected: c => [`altered ${c.middle}`],
  },
  {
    title: "an altered item whose hash was computed again",
    tamper: c => ({ chain: c.with({ [c.middle]: rehashed({ ...c.at(c.middle), who: "nobody" }) }) }),
    expected: c => [`altered ${c.middle}`],
    large: true,
  },
  {
    title: "an item replaced by one that fits neither neighbour",
    tamper: c => ({ chain: c.with({ [c.middle]: rehashed({ ...c.at(c.middle), prevHash: sha256("") }) }) }),
    expected: c => [`altered ${c.middle}`],
  },
  {
    title: "the first item altered, with a new hash",
    tamper: c => ({ chain: c.with({ 1: rehashed({ ...c.at(1), who: "nobody" }) }) }),
    expected: () => ["altered 1"],
  },
  {
    title: "a first item that names one before it, with all later hashes computed again",
    tamper: c => {
      const chain = relinked(c.with({ 1: rehashed({ ...c.at(1), prevHash: sha256("") }) }), 2);
      return { chain, head: endOf(chain) };
    },
    expected: () => ["altered 1"],
    anchored: ["rewritten 2"],
  },
  {
    title: "an item overwritten by a copy of an earlier one",
    tamper: c => ({ chain: c.with({ [c.middle]: { ...c.at(c.early), sk: positionKey(c.middle) } }) }),
    expected: c => [`altered ${c.middle}`],
  },
  {
    title: "an item overwritten by a copy of the next",
    tamper: c => ({ chain: c.with({ [c.middle]: { ...c.at(c.middle + 1), sk: positionKey(c.middle) } }) }),
    expected: c => [`altered ${c.middle}`],
  },
  {
    title: "two altered items",
    tamper: c => ({
      chain: c.with({ [c.early]: { ...c.at(c.early), who: "x" }, [c.late]: { ...c.at(c.late), who: "x" } }),
    }),
    expected: c => [`altered ${c.early}`, `altered ${c.late}`],
  },
];

const missing: Case[] = [
  {
    title: "an item that was taken out",
    tamper: c => ({ chain: c.with({ [c.middle]: undefined }) }),
    expected: c => [`missing ${c.middle}`],
    large: true,
  },
  {
    title: "the first item taken out",
    tamper: c => ({ chain: c.with({ 1: undefined }) }),
    expected: () => ["missing 1"],
  },
  {
    title: "three items taken out",
    tamper: c => ({
      chain: c.with({ [c.middle]: undefined, [c.middle + 1]: undefined, [c.middle + 2]: undefined }),
    }),
    expected: c => [`missing ${c.middle}-${c.middle + 2}`],
  },
  {
    title: "an item taken out, and the following ones moved up",
    tamper: c => ({ chain: c.closing(c.middle) }),
    expected: c => [`missing ${c.middle}`],
    large: true,
  },
];

const inserted: Case[] = [
  {
    title: "an item inserted between two, and the following ones moved down",
    tamper: c => ({ chain: c.inserting(c.middle, c.forged(c.middle)) }),
    expected: c => [`inserted ${c.middle}`],
    large: true,
  },
  {
    title: "the same with the head moved on",
    tamper: c => ({
      chain: c.inserting(c.middle, c.forged(c.middle)),
      head: { ...c.head, seq: c.count + 1 },
    }),
    expected: c => [`inserted ${c.middle}`],
  },
  {
    title: "an inserted item with a wrong hash",
    tamper: c => ({ chain: c.inserting(c.middle, { ...c.forged(c.middle), hash: "x" }) }),
    expected: c => [`inserted ${c.middle}`],
  },
  {
    title: "an inserted item with a wrong link",
    tamper: c => ({
      chain: c.inserting(c.middle, rehashed({ ...c.forged(c.middle), prevHash: sha256("") })),
    }),
    expected: c => [`inserted ${c.middle}`],
  },
  {
    title: "an item with a sort key that is no position",
    tamper: c => ({
      chain: [
        ...c.whole.slice(0, c.middle),
        { ...c.forged(c.middle), sk: "000000000200x" },
        ...c.whole.slice(c.middle),
      ],
    }),
    expected: c => [`inserted ${c.middle}`],
    large: true,
  },
  {
    title: "a position that is held twice",
    tamper: c => ({ chain: [...c.whole.slice(0, c.middle), c.forged(c.middle), ...c.whole.slice(c.middle)] }),
    expected: c => [`inserted ${c.middle}`],
  },
  {
    title: "an item put behind the head",
    tamper: c => ({ chain: [...c.whole, c.forged(c.count + 1)] }),
    expected: c => [`inserted ${c.count + 1}`],
    large: true,
  },
];

const swapped: Case[] = [
  {
    title: "two neighbours that were swapped",
    tamper: c => ({ chain: c.swapping(c.middle, c.middle + 1) }),
    expected: c => [`swapped ${c.middle}`],
    large: true,
  },
  {
    title: "two items far apart that were swapped",
    tamper: c => ({ chain: c.swapping(c.early, c.late) }),
    expected: c => [`swapped ${c.early}`],
    large: true,
  },
  {
    title: "the first and the last swapped",
    tamper: c => ({ chain: c.swapping(1, c.count) }),
    expected: () => ["swapped 1"],
  },
  {
    title: "two whose contents were swapped under their hashes",
    tamper: c => {
      const held = (place: number, content: number) => {
        const { sk, prevHash, hash } = c.at(place);
        return { ...c.at(content), sk, prevHash, hash };
      };
      return { chain: c.with({ [c.early]: held(c.early, c.late), [c.late]: held(c.late, c.early) }) };
    },
    expected: c => [`swapped ${c.early}`],
    large: true,
  },
];

const ended: Case[] = [
  {
    title: "a tail that was cut off",
    tamper: c => ({ chain: c.whole.slice(0, c.late) }),
    expected: c => [`cut-off ${c.late + 1}-${c.count}`],
    large: true,
  },
  {
    title: "the last item cut off",
    tamper: c => ({ chain: c.whole.slice(0, -1) }),
    expected: c => [`cut-off ${c.count}`],
    large: true,
  },
  {
    title: "a chain of which only the head is left",
    tamper: () => ({ chain: [] }),
    expected: c => [`cut-off 1-${c.count}`],
  },
  {
    title: "a head that is missing",
    tamper: c => ({ chain: c.whole, head: undefined }),
    expected: c => [`head ${c.count}`],
  },
  {
    title: "a head with another hash",
    tamper: c => ({ chain: c.whole, head: { ...c.head, hash: sha256("") } }),
    expected: c => [`head ${c.count}`],
  },
  {
    title: "a head that was set back and names no item",
    tamper: c => ({ chain: c.whole, head: { seq: c.late, hash: sha256("") } }),
    expected: c => [`head ${c.late + 1}-${c.count}`],
  },
];

export const cases: readonly Case[] = [...altered, ...missing, ...inserted, ...swapped, ...ended];
