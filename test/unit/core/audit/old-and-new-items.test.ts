import { readFileSync } from "node:fs";
import { join } from "node:path";
import { recordedSet } from "../../../../cli/commands/undo/recorded-set";
import {
  type AuditAttributes,
  type AuditItem,
  auditItemSchema,
  joinedChanges,
  rosterChanges,
  verifyChain,
} from "../../../../core/audit";
import { canonicalJson, type Json } from "../../../../core/json";
import type { Roster } from "../../../../core/roster/roster";
import { AuditTrail } from "../../../../lambdas/reconciler/store/audit-trail";
import { MemoryItemStore } from "../../reconciler/store/memory-item-store";
import { sha256 } from "./audit-sample";

const CHAIN = "orders";
/**
 * Chains, with their heads, that earlier commits wrote: d6d2e436, which recorded SQL only, and 7ae64429,
 * whose `rosterChange` has no values of the fields that changed.
 */
const [SQL_ONLY, LESS] = ["items-without-roster-change", "items-with-roster-change"].map(name => {
  const text = readFileSync(join(__dirname, `../../../fixtures/audit/${name}.json`), "utf8");
  return JSON.parse(text) as AuditAttributes[];
}) as [AuditAttributes[], AuditAttributes[]];
const OLD_SET = "cs-20270331T120000Z-1a2b3c4d";
const NEW_SET = "cs-20270401T120000Z-1a2b3c4d";

const roster = (accounts: number, databases: number): Roster => ({
  roles: { read: ["SELECT"] },
  accounts: Object.fromEntries(
    Array.from({ length: accounts }, (_, n) => {
      const grants = Array.from({ length: databases }, (_, d) => [
        `database_${d}`,
        { role: "read", expires: "2030-01-01T00:00:00Z", reason: `INC-${n}: for the audit` },
      ]);
      const user = {
        kind: "person",
        user: `p${n}`,
        name: `Person ${n}`,
        email: `p${n}@example.com`,
      } as const;
      return [`sl_p${n}`, { ...user, databases: Object.fromEntries(grants) }];
    }),
  ),
});

/** The items of the chain after a run appended its intent and its result. */
async function afterRun(store: MemoryItemStore, change: readonly Json[], statements: readonly Json[]) {
  const trail = new AuditTrail(store, "t");
  const entry = { cluster: CHAIN, when: "2027-04-01T12:00:00Z", changeSet: NEW_SET, action: "update" };
  const lists = [
    { name: "statements", items: statements } as const,
    { name: "accountChanges", items: change } as const,
  ];
  await trail.append({ ...entry, kind: "intent" }, ...lists);
  await trail.append({ ...entry, kind: "result", outcome: "succeeded" }, { name: "results", items: [] });
  const all = (await store.list("t", CHAIN, "")) as unknown as AuditAttributes[];
  const items = all.filter(({ sk }) => sk !== "head");
  const { hash, seq } = all.find(({ sk }) => sk === "head") as { hash: string; seq: number };
  const findings = verifyChain({ partition: CHAIN, items, head: { hash, seq }, anchors: [] }, sha256);
  return { items, findings };
}
const setOf = (items: readonly AuditAttributes[], id: string): AuditItem[] =>
  items.map(item => auditItemSchema.parse(item)).filter(({ changeSet }) => changeSet === id);

test.each([
  ["SQL only", SQL_ONLY],
  ["rosterChange", LESS],
])("a chain of items with %s, and new ones, is intact; undo refuses the old set only", async (_, old) => {
  const store = new MemoryItemStore();
  for (const item of old) await store.put({ table: "t", item: item as never, condition: "absent" });
  const change = rosterChanges(undefined, roster(1, 1)) as unknown as Json[];
  const accounts = [{ account: "sl_p0", user: "p0", sources: ["shop/prod"] }];
  const statements = [{ sql: "DROP USER 'sl_p0'@'%'", cause: "parameter", accounts }];
  const { findings, items } = await afterRun(store, change, statements);
  const [older, newer] = [OLD_SET, NEW_SET].map(id => setOf(items, id)[0]?.statements?.[0]?.accounts?.[0]);
  expect([older?.sources, newer?.sources]).toEqual([undefined, ["shop/prod"]]);
  expect([findings, items.length]).toEqual([[], 4]);
  expect(() => recordedSet(OLD_SET, setOf(items, OLD_SET))).toThrow("an earlier release applied it");
  expect(recordedSet(NEW_SET, setOf(items, NEW_SET)).changes.map(({ user }) => user)).toEqual(["p0"]);
});

test("undo refuses a set that an earlier release ran first, and this one a second time", () => {
  const first = setOf(LESS.slice(0, 2), OLD_SET);
  const again = first.map(item => ({ ...item, accountChanges: item.kind === "intent" ? [] : undefined }));
  expect(recordedSet(OLD_SET, again).changes).toEqual([]);
  expect(() => recordedSet(OLD_SET, [...first, ...again])).toThrow("did not record all that it changed");
});

test("undo knows a set whose first run failed before it did anything", () => {
  const all = setOf(LESS.slice(0, 2), OLD_SET).map(item => ({ ...item, accountChanges: [] }));
  const failed = { ...all[1]!, outcome: "failed", results: [], accountChanges: undefined };
  expect(recordedSet(OLD_SET, [failed, ...all]).cluster).toBe(CHAIN);
});

const ACCOUNTS = process.env["AURORA_USERS_SUITES"] === "all" ? 10_000 : 2_000;

test(`the first apply of ${ACCOUNTS} accounts fits into items, and is read again whole`, async () => {
  const change = rosterChanges(undefined, roster(ACCOUNTS, 3));
  const statements = Array.from({ length: ACCOUNTS }, (_, n) => ({
    sql: `GRANT SELECT ON x.* TO 'sl_p${n}'@'%'`,
  }));
  const { findings, items } = await afterRun(new MemoryItemStore(), change as unknown as Json[], statements);
  const sizes = items.map(item => Buffer.byteLength(JSON.stringify(item)));
  expect(findings).toEqual([]);
  expect(items.length).toBeGreaterThan(2);
  expect(Math.max(...sizes)).toBeLessThan(400 * 1024);
  const read = joinedChanges(setOf(items, NEW_SET).flatMap(({ accountChanges = [] }) => accountChanges));
  expect(canonicalJson(read as Json)).toBe(canonicalJson(change as Json));
});
