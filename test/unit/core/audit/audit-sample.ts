import { createHash } from "node:crypto";
import {
  type Anchor,
  type AuditAttributes,
  auditContent,
  type ChainHead,
  positionKey,
  verifyChain,
} from "../../../../core/audit";
import { AuditTrail } from "../../../../lambdas/reconciler/store/audit-trail";
import { MemoryItemStore } from "../../reconciler/store/memory-item-store";

export type Chain = AuditAttributes[];
/** A chain after somebody with write access to the table tampered with it. */
export interface Tampered {
  readonly chain: Chain;
  /** @default - unchanged */
  readonly head?: ChainHead | undefined;
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
export const rehashed = (item: AuditAttributes): AuditAttributes => ({
  ...item,
  hash: sha256(auditContent(item)),
});
export const endOf = (chain: Chain): ChainHead => ({
  seq: chain.length,
  hash: String(chain.at(-1)!["hash"]),
});

/** A chain that the audit trail itself wrote, and ways to tamper with it. */
export class SampleChain {
  private constructor(
    readonly whole: Chain,
    readonly head: ChainHead,
    readonly anchors: readonly Anchor[],
  ) {}

  static async of(count: number): Promise<SampleChain> {
    const store = new MemoryItemStore();
    const anchors: Anchor[] = [];
    const trail = new AuditTrail(store, "t", { anchor: { put: async at => void anchors.push(at) } });
    const start = Date.parse("2027-01-01T00:00:00Z");
    for (let n = 1; n <= count; n++) {
      const account = `sl_user${n % 97}`;
      const sql = `GRANT SELECT ON app.* TO '${account}'@'%'`;
      const statements = [
        { sql, why: "grant", cause: "grant", accounts: [{ account, user: `user${n % 97}` }] },
      ];
      const when = new Date(start + n * 60_000).toISOString();
      await trail.append(
        { kind: "intent", cluster: "orders", when, changeSet: `cs${n}` },
        { name: "statements", items: statements },
      );
    }
    const items = (await store.list("t", "orders", "")) as unknown as Chain;
    const { seq, hash } = items.find(({ sk }) => sk === "head")!;
    const whole = items.filter(({ sk }) => sk !== "head");
    return new SampleChain(whole, { seq: Number(seq), hash: String(hash) }, anchors);
  }

  get count(): number {
    return this.whole.length;
  }
  /** A position near the beginning, one in the middle, one near the end. */
  get early(): number {
    return Math.ceil(this.count * 0.07);
  }
  get middle(): number {
    return this.count / 2;
  }
  get late(): number {
    return Math.ceil(this.count * 0.9);
  }

  at(seq: number): AuditAttributes {
    return this.whole[seq - 1]!;
  }

  headAt = (seq: number): ChainHead => ({ seq, hash: String(this.at(seq)["hash"]) });

  /** The chain with other items at some positions; undefined removes one. */
  with(changes: Readonly<Record<number, AuditAttributes | undefined>>): Chain {
    const items = this.whole.map((item, index) => (index + 1 in changes ? changes[index + 1] : item));
    return items.filter(item => item !== undefined);
  }

  /** A forged item whose hash and link are valid at its position. */
  forged(seq: number): AuditAttributes {
    return rehashed({
      ...this.at(1),
      sk: positionKey(seq),
      prevHash: this.at(seq - 1)["hash"],
      who: "somebody",
    });
  }

  /** The chain with an item inserted at a position, and the following items moved down. */
  inserting(seq: number, item: AuditAttributes): Chain {
    const behind = this.whole
      .slice(seq - 1)
      .map((moved, index) => ({ ...moved, sk: positionKey(seq + index + 1) }));
    return [...this.whole.slice(0, seq - 1), item, ...behind];
  }

  /** The chain without the item at a position, and the following items moved up. */
  closing(seq: number): Chain {
    const behind = this.whole.slice(seq).map((moved, index) => ({ ...moved, sk: positionKey(seq + index) }));
    return [...this.whole.slice(0, seq - 1), ...behind];
  }

  /** The chain with two items in each other's place, with their hashes. */
  swapping(a: number, b: number): Chain {
    return this.with({
      [a]: { ...this.at(b), sk: positionKey(a) },
      [b]: { ...this.at(a), sk: positionKey(b) },
    });
  }

  verify(
    chain: Chain,
    { head = this.head, anchors = [] }: { head?: ChainHead | null; anchors?: readonly Anchor[] } = {},
  ) {
    return verifyChain({ partition: "orders", items: chain, head: head ?? undefined, anchors }, sha256);
  }
}

/** The chain with all hashes computed again from a position on. */
export function relinked(chain: Chain, from: number): Chain {
  const result = chain.slice(0, from - 1);
  for (const [index, item] of chain.slice(from - 1).entries())
    result.push(
      rehashed({ ...item, sk: positionKey(from + index), prevHash: result.at(-1)?.["hash"] ?? "" }),
    );
  return result;
}
