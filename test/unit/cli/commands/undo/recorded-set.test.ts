import { recordedSet } from "../../../../../cli/commands/undo/recorded-set";
import type { AuditItem } from "../../../../../core/audit";

const id = "cs-20270331T120000Z-1a2b3c4d";
const item = (kind: string, more: object): AuditItem => ({
  pk: "orders",
  sk: "000000000001",
  kind,
  cluster: "orders",
  when: "",
  changeSet: id,
  action: "update",
  ...more,
});
const change = (account: string, more: object = {}) => ({ account, user: account.slice(3), ...more });
const result = (account: string, outcome: string) => ({
  sql: `GRANT ${account}`,
  outcome,
  accounts: [{ account }],
});
const intent = item("intent", { rosterChange: ["sl_a", "sl_b", "sl_c"].map(account => change(account)) });
const namesOf = (items: readonly AuditItem[]) => recordedSet(id, items).changes.map(({ account }) => account);

test("of a run that succeeded, all accounts count; also those without statements", () => {
  const items = [
    intent,
    item("result", { outcome: "succeeded", results: [result("sl_a", "done"), result("sl_b", "gone")] }),
  ];
  expect(recordedSet(id, items)).toMatchObject({ cluster: "orders", left: [] });
  expect(namesOf(items)).toEqual(["sl_a", "sl_b", "sl_c"]);
});

test("of a run that failed in part, only the accounts whose statements all ran count", () => {
  const results = [result("sl_a", "done"), result("sl_b", "done"), result("sl_b", "failed")];
  const items = [intent, item("result", { outcome: "failed", results })];
  expect(namesOf(items)).toEqual(["sl_a"]);
  expect(recordedSet(id, items).left).toEqual([
    "sl_b: it did not run to its end",
    "sl_c: it did not run to its end",
  ]);
});

test("parts of an intent and of a result are read together", () => {
  const parts = [
    item("intent", { part: 1, parts: 2, statements: [] }),
    item("intent", { part: 2, parts: 2, rosterChange: [change("sl_a", { other: ["limits"] })] }),
    item("result", { part: 1, parts: 2, outcome: "succeeded", results: [result("sl_a", "done")] }),
    item("result", { part: 2, parts: 2, outcome: "succeeded", results: [result("sl_x", "done")] }),
  ];
  expect(namesOf(parts)).toEqual(["sl_a"]);
  expect(recordedSet(id, parts).left).toEqual([
    "sl_x: drift, an expiry, a role or a setting, which no grant says",
    "sl_a: its field limits",
  ]);
});

test.each<[string, AuditItem[], string]>([
  [
    "of an older release",
    [item("intent", {}), item("result", { outcome: "succeeded" })],
    "does not say which grants it changed",
  ],
  ["without a result", [intent], "the run has no result yet"],
  ["that ran nothing", [item("refused", {})], "ran nothing"],
  ["of an enforcement run", [item("result", { action: "enforce" })], "was no apply of users/"],
  [
    "of a source",
    [item("intent", { statements: [{ sql: "x", cause: "parameter" }] }), item("result", {})],
    "Parameter Store",
  ],
])("a set %s is refused", (_, items, message) => {
  expect(() => recordedSet(id, items)).toThrow(message);
});
