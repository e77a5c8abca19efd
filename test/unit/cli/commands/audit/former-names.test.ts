import type { AuditRow } from "../../../../../cli/commands/audit/audit-rows";
import { formerNames } from "../../../../../cli/commands/audit/former-names";

const row = (seq: number, what: string, names: string[], cluster = "orders", outcome = "done"): AuditRow => ({
  when: "",
  cluster,
  seq,
  kind: "intent",
  accounts: names.map(account => ({ account })),
  what,
  result: { outcome },
});

test("what a person did by former names is found, and what others do by them later is not", () => {
  const rows = [
    row(1, "GRANT", ["sl_a"]),
    row(2, "RENAME USER 'sl_a'", ["sl_a", "sl_b"]),
    row(3, "RENAME USER 'sl_b'", ["sl_b", "sl_c"]),
    row(4, "GRANT", ["sl_a"]),
    row(1, "GRANT", ["sl_a"], "payments"),
    row(5, "RENAME USER 'sl_a'", ["sl_a", "sl_z"], "orders", "failed"),
  ];
  const later = formerNames(rows);
  expect(rows.map(one => later(one, one.accounts[0]!).map(({ account }) => account))).toEqual([
    ["sl_b", "sl_c"],
    ["sl_b", "sl_c"],
    ["sl_c"],
    [],
    [],
    [],
  ]);
});
