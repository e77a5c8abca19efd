import { RowJoiner } from "../../../../../cli/commands/audit/audit-rows";
import { type AuditItem, auditItemSchema } from "../../../../../core/audit";

let seq: number;
beforeEach(() => {
  seq = 0;
});
const item = (fields: Partial<AuditItem>): AuditItem => {
  seq++;
  const sk = String(seq).padStart(12, "0");
  return auditItemSchema.parse({
    pk: "orders",
    sk,
    kind: "intent",
    cluster: "orders",
    when: `2027-01-01T00:00:0${seq}Z`,
    ...fields,
  });
};
const rowsOf = (...items: AuditItem[]) => {
  const joiner = new RowJoiner();
  for (const one of items) joiner.add(one);
  return joiner.rows;
};
const outcomesOf = (rows: ReturnType<typeof rowsOf>) =>
  rows.map(({ what, result }) => [what, result.outcome, result.detail]);
const ann = { account: "sl_ann", user: "ann" };
const bob = { account: "sl_bob", user: "bob" };
const grant = { sql: "GRANT a", why: "grant", cause: "grant", accounts: [ann, bob] };
const revoke = { sql: "REVOKE b", why: "no longer declared", cause: "expiry", accounts: [bob] };

test("a statement is joined with its result, whatever ran in between", () => {
  const rows = rowsOf(
    item({ changeSet: "one", who: "arn:role/x", reference: "abc", statements: [grant, revoke] }),
    item({ kind: "lock-killed", changeSet: "one" }),
    item({ changeSet: "two", statements: [grant] }),
    item({
      kind: "result",
      changeSet: "one",
      results: [
        { sql: "GRANT a", outcome: "done" },
        { sql: "REVOKE b", outcome: "gone", error: "1141" },
      ],
    }),
  );
  expect(rows[0]).toEqual({
    when: "2027-01-01T00:00:01Z",
    cluster: "orders",
    seq: 1,
    kind: "intent",
    accounts: [ann, bob],
    what: "GRANT a",
    cause: "grant",
    why: "grant",
    who: "arn:role/x",
    reference: "abc",
    changeSet: "one",
    result: { outcome: "done" },
  });
  expect(outcomesOf(rows)).toEqual([
    ["GRANT a", "done", undefined],
    ["REVOKE b", "gone", "1141"],
    ["(ended a connection that held the cluster's lock)", "recorded", undefined],
    ["GRANT a", "unknown", "no result recorded"],
  ]);
});

test("a group that ran account by account has the worst of its outcomes", () => {
  const rows = rowsOf(
    item({ changeSet: "one", statements: [grant] }),
    item({
      kind: "result",
      changeSet: "one",
      outcome: "failed",
      message: "1 of 2",
      results: [
        { sql: "GRANT a for ann", outcome: "done", accounts: [ann] },
        { sql: "GRANT a for bob", outcome: "failed", error: "1396", accounts: [bob] },
      ],
    }),
  );
  expect(outcomesOf(rows)).toEqual([["GRANT a", "failed", "sl_bob: 1396"]]);
});

test("lists that were cut into parts are joined across them", () => {
  const parts = { parts: 2, changeSet: "one" };
  const rows = rowsOf(
    item({ ...parts, part: 1, statements: [grant] }),
    item({ ...parts, part: 2, statements: [revoke] }),
    item({ ...parts, part: 1, kind: "result", results: [{ sql: "REVOKE b", outcome: "done" }] }),
    item({ ...parts, part: 2, kind: "result", results: [{ sql: "GRANT a", outcome: "skipped" }] }),
  );
  expect(outcomesOf(rows)).toEqual([
    ["GRANT a", "skipped", undefined],
    ["REVOKE b", "done", undefined],
  ]);
});

test("a statement without a result in an earlier run of the change set stays unknown", () => {
  const intent = { changeSet: "one", statements: [grant] };
  const rows = rowsOf(
    item(intent),
    item(intent),
    item({ kind: "result", changeSet: "one", results: [{ sql: "GRANT a", outcome: "done" }] }),
  );
  expect(rows.map(({ result }) => result.outcome)).toEqual(["unknown", "done"]);
});

test("a failure of the whole run has a row, after statements that all ran and after none", () => {
  const failed = {
    kind: "result",
    changeSet: "one",
    outcome: "failed",
    code: "NotReached",
    message: "still to do",
  };
  expect(
    outcomesOf(
      rowsOf(
        item({ changeSet: "one", statements: [revoke] }),
        item({ ...failed, results: [{ sql: "REVOKE b", outcome: "done" }] }),
        item(failed),
      ),
    ),
  ).toEqual([
    ["REVOKE b", "done", undefined],
    ["(the run as a whole)", "failed", "NotReached: still to do"],
    ["(nothing ran)", "failed", "NotReached: still to do"],
  ]);
});

test("items of the first release name accounts once for all statements: a row has those that its statement names", () => {
  const statements = [{ sql: "DROP USER 'sl_o\\'hara'@'%'", why: "gone" }];
  expect(rowsOf(item({ accounts: ["sl_o'hara", "sl_o"], statements }))[0]!.accounts).toEqual([
    { account: "sl_o'hara" },
  ]);
});

test("a refusal and an unknown kind have rows with their texts", () => {
  const rows = rowsOf(
    item({ kind: "refused", code: "Refused", message: "no" }),
    item({ kind: "newer", accounts: [ann] }),
  );
  expect(outcomesOf(rows)).toEqual([
    ["(refused)", "refused", "Refused: no"],
    ["(newer)", "recorded", undefined],
  ]);
});

test("a statement of an older intent is found by account, also if the name has an apostrophe or a backslash", () => {
  const joiner = new RowJoiner();
  joiner.add(
    item({
      accounts: ["sl_o'hara", "sl_back\\slash", "sl_hara"],
      statements: [{ sql: "DROP USER 'sl_o\\'hara'@'%'" }, { sql: "DROP USER 'sl_back\\\\slash'@'%'" }],
    }),
  );
  expect(joiner.rows.map(({ accounts }) => accounts)).toEqual([
    [{ account: "sl_o'hara" }],
    [{ account: "sl_back\\slash" }],
  ]);
});
