import { auditItemSchema, joinedChanges, rosterChanges } from "../../../../core/audit";
import type { Roster, RosterAccount } from "../../../../core/roster/roster";

const account = (databases: RosterAccount["databases"], more: object = {}): RosterAccount => ({
  kind: "person",
  user: "jane",
  name: "Jane",
  email: "jane@example.com",
  databases,
  ...more,
});
const roster = (accounts: Record<string, RosterAccount>): Roster => ({
  roles: { read: ["SELECT"] },
  accounts,
});
const read = { role: "read" };

test("names the grants that an account gained and lost, with ends and reasons", () => {
  const before = roster({ sl_jane: account({ a: read, b: { ...read, reason: "x" }, c: read }) });
  const after = roster({
    sl_jane: account({ a: read, b: { ...read, expires: "2030-01-01T00:00:00Z" }, d: read }),
  });
  expect(rosterChanges(before, after)).toEqual([
    {
      account: "sl_jane",
      user: "jane",
      gave: [
        { on: "b", role: "read", expires: "2030-01-01T00:00:00Z" },
        { on: "d", role: "read" },
      ],
      took: [
        { on: "b", role: "read", reason: "x" },
        { on: "c", role: "read" },
      ],
    },
  ]);
  expect(rosterChanges(after, after)).toEqual([]);
});

test("says what the file of a removed user held, which account is new, and what else changed", () => {
  const jane = account({ a: read });
  const gone = { account: "sl_jane", user: "jane", took: [{ on: "a", role: "read" }] };
  const was = { kind: "person", name: "Jane", email: "jane@example.com" };
  expect(rosterChanges(roster({ sl_jane: jane }), roster({}))).toEqual([{ ...gone, was }]);
  expect(rosterChanges(undefined, roster({ sl_jane: jane }))).toEqual([
    { account: "sl_jane", user: "jane", gave: [{ on: "a", role: "read" }], isNew: true },
  ]);
  const other = account({ a: read }, { suspended: true, tls: "x509" });
  expect(rosterChanges(roster({ sl_jane: jane }), roster({ sl_jane: other }))).toEqual([
    { account: "sl_jane", user: "jane", from: {}, to: { suspended: true, tls: "x509" } },
  ]);
});

test("names a role that a kept grant has, and that gives something else now", () => {
  const before = roster({ sl_jane: account({ a: read }) });
  const after = { ...before, roles: { read: ["SELECT", "INSERT"] } } as Roster;
  expect(rosterChanges(before, after)).toEqual([{ account: "sl_jane", user: "jane", roles: ["read"] }]);
});

test("a database with the name of an object is another place", () => {
  const objects = { "`a`.`t`": { role: "SELECT", privileges: ["SELECT" as const] } };
  const before = roster({ sl_jane: account({ "`a`.`t`": read }) });
  const [change] = rosterChanges(before, roster({ sl_jane: account({}, { objects }) }));
  expect(change).toMatchObject({
    gave: [{ on: "`a`.`t`", object: true, privileges: ["SELECT"] }],
    took: [{ on: "`a`.`t`", role: "read" }],
  });
});

test("an audit item with it is read, and one of a later release with more members too", () => {
  const item = { pk: "o", sk: "000000000001", kind: "intent", cluster: "o", when: "" };
  const accountChanges = [
    { account: "sl_jane", user: "jane", gave: [{ on: "a", role: "read", later: 1 }], later: 1 },
  ];
  expect(auditItemSchema.parse({ ...item, accountChanges }).accountChanges).toEqual(accountChanges);
});

test("names the grants of teams apart from those of the account's own on the same place", () => {
  const own = { role: "read", reason: "INC-1" };
  const [x, y] = [
    { role: "write", team: "x" },
    { role: "read", team: "y" },
  ];
  const changed = (from: object, to: object) =>
    rosterChanges(
      roster({ sl_jane: account({ a: from as typeof own }) }),
      roster({ sl_jane: account({ a: to as typeof own }) }),
    ).map(({ gave, took }) => ({ gave, took }));
  expect(changed({ ...own, also: [x, y] }, { ...own, also: [y] })).toEqual([{ took: [{ on: "a", ...x }] }]);
  expect(changed({ ...own, also: [x] }, x)).toEqual([{ took: [{ on: "a", ...own }] }]);
  expect(changed(own, { ...own, role: "write", also: [y] })).toEqual([
    {
      gave: [
        { on: "a", ...own, role: "write" },
        { on: "a", ...y },
      ],
      took: [{ on: "a", ...own }],
    },
  ]);
});

test("an account with very many grants has entries that fit into audit items, and are joined again", () => {
  const databases = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, n) => [`db${n}`, { role: "read", reason: "x".repeat(200) }]),
  );
  const entries = rosterChanges(undefined, roster({ sl_jane: account(databases) }));
  expect(Math.max(...entries.map(entry => JSON.stringify(entry).length))).toBeLessThan(110_000);
  expect(entries.length).toBeGreaterThan(5);
  const [joined, ...more] = joinedChanges(entries);
  expect([joined?.gave?.length, joined?.took, joined?.isNew, more]).toEqual([5_000, undefined, true, []]);
  const gone = joinedChanges(rosterChanges(roster({ sl_jane: account(databases) }), roster({})));
  expect([gone[0]?.took?.length, gone[0]?.was?.name]).toEqual([5_000, "Jane"]);
});
