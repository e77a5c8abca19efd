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
const change = (account: string, more: object = {}) => ({
  account,
  user: account.slice(3),
  took: [{ on: "a", role: "read" }],
  ...more,
});
const result = (account: string, outcome: string) => ({
  sql: `GRANT ${account}`,
  outcome,
  accounts: [{ account }],
});
const intent = item("intent", { accountChanges: ["sl_a", "sl_b", "sl_c"].map(account => change(account)) });
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
    item("intent", {
      part: 2,
      parts: 2,
      accountChanges: [change("sl_a", { roles: ["read"], from: { user: "b" } })],
    }),
    item("result", { part: 1, parts: 2, outcome: "succeeded", results: [result("sl_a", "done")] }),
    item("result", { part: 2, parts: 2, outcome: "succeeded", results: [result("sl_x", "done")] }),
  ];
  expect(namesOf(parts)).toEqual(["sl_a"]);
  expect(recordedSet(id, parts).left).toEqual([
    "sl_x: a role, a setting or drift, which no grant says",
    "a: the role read, which gives something else: change it in roles.yaml",
    "a: the user name, which was b",
  ]);
});

test.each([
  ["parameter", "a source in Parameter Store, which is in no file here"],
  ["drift", "drift, which was put right"],
  ["expiry", "an end that had passed"],
  ["constructor", "a role, a setting or drift, which no grant says"],
])("what ran by %s next to the files' changes is named", (cause, text) => {
  const results = [result("sl_a", "done"), { ...result("sl_x", "done"), cause }];
  const items = [intent, item("result", { outcome: "succeeded", results })];
  expect(recordedSet(id, items).left).toEqual([`sl_x: ${text}`]);
});

test("of a set that ran twice, what either run did counts once", () => {
  const failed = item("result", {
    outcome: "failed",
    results: [result("sl_a", "done"), result("sl_b", "failed")],
  });
  const second = item("result", { outcome: "succeeded", results: [result("sl_b", "done")] });
  const again = { ...intent, accountChanges: intent.accountChanges!.slice(1) };
  expect(namesOf([intent, failed, again, second])).toEqual(["sl_a", "sl_b", "sl_c"]);
  expect(namesOf([intent, failed, intent, second])).toEqual(["sl_a", "sl_b", "sl_c"]);
  expect(recordedSet(id, [intent, failed, again, second]).left).toEqual([]);
  expect(recordedSet(id, [intent, failed, again]).left).toEqual(
    ["sl_b", "sl_c"].map(name => `${name}: it did not run to its end`),
  );
  const other = { ...intent, accountChanges: [change("sl_a", { took: [{ on: "b", role: "read" }] })] };
  expect(() => recordedSet(id, [intent, failed, other, second])).toThrow("did not do the same to sl_a");
});

test("of an unverified run, accounts whose statements all ran count, and no others", () => {
  const results = [result("sl_a", "done")];
  const items = [intent, item("result", { outcome: "failed", code: "unverified", results })];
  expect(namesOf(items)).toEqual(["sl_a"]);
});

test("a new account that was on the server before is left: what it held is not recorded", () => {
  const isNew = { gave: [{ on: "a", role: "read" }], took: undefined, isNew: true };
  const added = item("intent", {
    accountChanges: ["sl_a", "sl_b", "sl_c"].map(account => change(account, isNew)),
  });
  const results = [result("sl_a", "done"), { ...result("sl_b", "done"), sql: "CREATE USER 'sl_b'" }];
  const items = [added, item("result", { outcome: "succeeded", results })];
  expect(namesOf(items)).toEqual(["sl_b", "sl_c"]);
  expect(recordedSet(id, items).left).toEqual([
    "sl_a: it was there before, and what it held is not recorded",
  ]);
});

test.each<[string, AuditItem[], string]>([
  [
    "of an older release",
    [item("intent", {}), item("result", { outcome: "succeeded" })],
    "an earlier release applied it",
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
