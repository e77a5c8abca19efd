import {
  anchorText,
  type ChainEnd,
  type ChainFinding,
  type ChainReference,
  type Encountered,
  itemsText,
  itemsWere,
  span,
} from "./chain";

interface EndFaults {
  readonly found: readonly ChainFinding[];
  /** Whether the head names the last item's position, but another hash. */
  readonly breakAtHead: boolean;
}

/** Compares the chain's end with its head and its anchors. */
export function findEndFaults(met: Encountered, end: ChainEnd, reference: ChainReference): EndFaults {
  const { head, anchors, headFits } = reference;
  const last = end.origin;
  const beyond = [...anchors.values()]
    .filter(({ seq }) => seq > Math.max(last, end.position))
    .sort((a, b) => b.seq - a.seq)[0];
  const ends = head?.seq === last || head?.seq === end.position;
  const cut = Math.max(beyond?.seq ?? 0, ends ? 0 : (head?.seq ?? 0));
  const fault = (finding: ChainFinding): EndFaults => ({ found: [finding], breakAtHead: false });
  if (cut > last) {
    const headed = !head
      ? "there is no head"
      : head.seq > last
        ? `the head names item ${head.seq}`
        : "the head was set back";
    const anchored = beyond ? `, ${anchorText("an", beyond)} names item ${beyond.seq}` : "";
    const message = `${itemsWere(last + 1, cut)} cut off the end: ${headed}${anchored}`;
    return fault({ kind: "cut-off", ...span(last + 1, cut), message });
  }
  if (!head) {
    if (end.position === 0) return { found: [], breakAtHead: false };
    const message = `the head is missing; the chain ends with item ${last}`;
    return fault({ kind: "head", seq: last, message });
  }
  if (ends) return { found: [], breakAtHead: end.whole && head.hash !== end.hash };

  const after = span(head.seq + 1, last);
  if (met.lastAgreed > head.seq || !headFits) {
    const follow = head.seq + 1 === last ? "follows" : "follow";
    const behind = `${itemsText(head.seq + 1, last)} ${follow} it`;
    return fault({
      kind: "head",
      ...after,
      message: `the head was set back: it names item ${head.seq}, and ${behind}`,
    });
  }
  const message =
    `${itemsWere(head.seq + 1, last)} inserted behind the head (item ${head.seq}), ` +
    "or the head was set back";
  return fault({ kind: "inserted", ...after, message });
}
