import { endOf, rehashed, relinked, SampleChain, sha256, type Tampered } from "./audit-sample";
import { type Case, cases } from "./tamper-cases";

let small: SampleChain;
let large: SampleChain;
beforeAll(async () => {
  small = await SampleChain.of(400);
  large = await SampleChain.of(10_000);
});

const kindsOf = (found: ReturnType<SampleChain["verify"]>) =>
  found.map(({ kind, seq, to }) => (to === undefined ? `${kind} ${seq}` : `${kind} ${seq}-${to}`));

const headOf = (tampered: Tampered) => ("head" in tampered ? { head: tampered.head ?? null } : {});
const findings = (of: SampleChain, { tamper }: Case, anchors: SampleChain["anchors"] = []) => {
  const tampered = tamper(of);
  return kindsOf(of.verify(tampered.chain, { ...headOf(tampered), anchors }));
};

test("a chain of 10,000 items is intact, with anchors and without", () => {
  expect(large.anchors).toHaveLength(10_000);
  expect([large.verify(large.whole), large.verify(large.whole, { anchors: large.anchors })]).toEqual([
    [],
    [],
  ]);
});

test.each(cases)("finds $title, and nothing else", one => {
  expect(findings(small, one)).toEqual(one.expected(small));
});

test.each(cases.filter(one => one.large))("finds among 10,000 items $title", one => {
  expect(findings(large, one)).toEqual(one.expected(large));
});

describe("with anchors", () => {
  test.each(cases)("finds $title, and nothing else", one => {
    expect(findings(small, one, small.anchors)).toEqual([...one.expected(small), ...(one.anchored ?? [])]);
  });

  test.each([0, 1, 9_990])(
    "finds the tail of 10,000 items that was cut off behind item %i, the head moved back too",
    kept => {
      const chain = large.whole.slice(0, kept);
      const head = kept > 0 ? large.headAt(kept) : null;
      expect(large.verify(chain, { head })).toEqual([]);
      const found = large.verify(chain, { head, anchors: large.anchors });
      expect(kindsOf(found)).toEqual([`cut-off ${kept + 1}-10000`]);
      expect(found[0]!.message).toContain("names item 10000");
    },
  );

  test("finds where a chain was rewritten to its end", () => {
    const chain = relinked(small.with({ 200: { ...small.at(200), who: "nobody" } }), 200);
    expect(small.verify(chain, { head: endOf(chain) })).toEqual([]);
    expect(kindsOf(small.verify(chain, { head: endOf(chain), anchors: small.anchors }))).toEqual([
      "rewritten 200",
    ]);
    const anchors = small.anchors.filter(({ seq }) => seq % 70 === 0);
    const [found] = small.verify(chain, { head: endOf(chain), anchors });
    expect([found!.seq, found!.message]).toEqual([
      210,
      expect.stringContaining("from item 141, or a later one up to 210, on"),
    ]);
  });

  test("finds an item that was inserted before a rewritten end", () => {
    const chain = relinked(small.inserting(200, small.forged(200)), 200);
    expect(kindsOf(small.verify(chain, { head: endOf(chain), anchors: small.anchors }))).toEqual([
      "rewritten 200",
    ]);
  });

  test("says whether the last item or the head was altered", () => {
    const { anchors, head } = small;
    const chain = small.with({ 400: rehashed({ ...small.at(400), who: "nobody" }) });
    expect(kindsOf(small.verify(chain))).toEqual(["head 400"]);
    expect(kindsOf(small.verify(chain, { anchors }))).toEqual(["altered 400"]);
    const [found] = small.verify(small.whole, { head: { ...head, hash: sha256("") }, anchors });
    expect([found!.kind, found!.message]).toEqual(["head", expect.stringContaining("the head was altered")]);
  });

  test("distinguishes a false anchor from a false chain", () => {
    const anchors = small.anchors.map(anchor =>
      anchor.seq === 200 ? { ...anchor, hash: sha256("") } : anchor,
    );
    expect(kindsOf(small.verify(small.whole, { anchors }))).toEqual(["anchor 200"]);
  });
});

test("every finding says which item, and when that was written", () => {
  const [found] = small.verify(small.with({ 200: { ...small.at(200), who: "nobody" } }));
  expect(found).toEqual({
    kind: "altered",
    partition: "orders",
    seq: 200,
    when: small.at(200)["when"],
    message: "item 200 was altered: its content does not give its hash",
  });
});
