import { type ChainFinding, type Encountered, itemsText, span, wasOrWere } from "./chain";
import type { Against, ChainEnd } from "./chain-faults";

/** Whether the chain ends where its head, and what was said of it elsewhere, have it end. */
export function findEndFaults(
  met: Encountered,
  end: ChainEnd,
  against: Against,
): { found: ChainFinding[]; breakAtHead: boolean } {
  const { head, anchors, headFits } = against;
  const last = end.origin;
  const beyond = [...anchors.values()]
    .filter(({ seq }) => seq > Math.max(last, end.position))
    .sort((a, b) => b.seq - a.seq)[0];
  const ends = head?.seq === last || head?.seq === end.position;
  const cut = Math.max(beyond?.seq ?? 0, ends ? 0 : (head?.seq ?? 0));
  if (cut > last) {
    const anchored = beyond
      ? `an anchor${beyond.when === undefined ? "" : ` of ${beyond.when}`} names item ${beyond.seq}`
      : undefined;
    const headed =
      head === undefined
        ? "there is no head"
        : head.seq > last
          ? `the head names item ${head.seq}`
          : "the head was set back";
    const message = `${itemsText(last + 1, cut)} ${wasOrWere(last + 1, cut)} cut off the end: ${[headed, anchored].filter(Boolean).join(", ")}`;
    return { found: [{ kind: "cut-off", ...span(last + 1, cut), message }], breakAtHead: false };
  }
  if (!head) {
    const message = `the head is missing; the chain ends with item ${last}`;
    return { found: end.position === 0 ? [] : [{ kind: "head", seq: last, message }], breakAtHead: false };
  }
  if (ends) return { found: [], breakAtHead: end.whole && head.hash !== end.hash };

  const behind = itemsText(head.seq + 1, last);
  const agreed = met.lastAgreed > head.seq || !headFits;
  const message = agreed
    ? `the head was set back: it names item ${head.seq}, and ${behind} ${head.seq + 1 === last ? "stands" : "stand"} behind it`
    : `${behind} ${wasOrWere(head.seq + 1, last)} inserted behind the head (item ${head.seq}), or the head was set back`;
  return {
    found: [{ kind: agreed ? "head" : "inserted", ...span(head.seq + 1, last), message }],
    breakAtHead: false,
  };
}
