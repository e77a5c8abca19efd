import type { AccessEvent } from "../../../../core/events/events";
import { ownerShare } from "../../../../core/events/owner-share";
import { dueReminders } from "../../../../core/events/reminders";
import { runEvents } from "../../../../core/events/run-events";
import type { GrantsOfPlace, Roster } from "../../../../core/roster/roster";
import { entryOf, NOW, runOf } from "../decisions/known";

const SOON = "2026-11-22T00:00:00Z";
const LATER = "2027-11-22T00:00:00Z";
const rosterWith = (
  databases: Readonly<Record<string, GrantsOfPlace>>,
  objects?: Readonly<Record<string, GrantsOfPlace>>,
): Roster => ({
  roles: { read: ["SELECT"], write: ["SELECT", "INSERT"] },
  accounts: {
    sl_jane: { kind: "person", user: "jane", email: "j@example.com", databases, ...(objects && { objects }) },
  },
  teams: { pay: { owner: { name: "T Z", email: "t@example.com" } } },
});
const ending = (roster: Roster) =>
  dueReminders(roster, NOW).map(({ ending: all, expires }) => [expires, all.map(({ role }) => role)]);

describe("reminders of grants that add up", () => {
  it("come of an end that takes something, and name the grant of the team", () => {
    const ofTeam = { role: "write", team: "pay", reason: "INC-2", expires: SOON };
    const roster = rosterWith({ orders: { role: "read", also: [ofTeam] } });
    const [reminder, ...others] = dueReminders(roster, NOW);
    expect(others).toEqual([]);
    expect(reminder!.ending).toEqual([{ database: "orders", ...ofTeam }]);
  });

  it("do not come of an end that takes nothing", () => {
    const over = { role: "read", expires: SOON };
    const same = { role: "read", team: "pay" };
    expect(ending(rosterWith({ orders: { ...over, also: [same] } }))).toEqual([]);
    expect(ending(rosterWith({ orders: { ...over, also: [{ ...same, expires: LATER }] } }))).toEqual([]);
    expect(ending(rosterWith({ orders: same }, { "`orders`.`t` (`a`)": over }))).toEqual([]);
    expect(ending(rosterWith({}, { "`orders`.`t`": same, "`orders`.`t` (`a`)": over }))).toEqual([]);
  });

  it("come once of two grants that end together, and of one that another outlives only in part", () => {
    const over = { role: "read", expires: SOON };
    const both = { orders: { ...over, also: [{ role: "read", team: "pay", expires: SOON }] } };
    expect(ending(rosterWith(both))).toEqual([[SOON, ["read", "read"]]]);
    const other = rosterWith(
      { payments: { role: "write", team: "pay" } },
      { "`orders`.`t` (`a`, `b`)": over },
    );
    expect(ending(other)).toEqual([[SOON, ["read"]]]);
    const part = { "`orders`.`t` (`a`)": { role: "read", team: "pay" }, "`orders`.`t` (`a`, `b`)": over };
    expect(ending(rosterWith({}, part))).toEqual([[SOON, ["read"]]]);
  });
});

describe("events of a team's grants", () => {
  const events = (before: Roster, after: Roster): AccessEvent[] =>
    runEvents({
      run: runOf("apply"),
      entry: entryOf(),
      before,
      after,
      touched: new Set(["sl_jane"]),
      expired: new Map(),
      causeOf: () => "grant",
      statements: 1,
      sessionsEnded: 0,
    });
  const own = { role: "read", project: "shop/prod" };
  const joined = { orders: { ...own, also: [{ role: "write", team: "pay" }] } };

  it("name the team, and mail the team's owner their part alone", () => {
    const all = events(rosterWith({ orders: own }), rosterWith(joined));
    const summary = all.find(event => event.type === "reconcile.succeeded");
    expect(summary?.detail).toMatchObject({
      owners: [{ project: "team pay", name: "T Z", email: "t@example.com" }],
    });
    const share = summary?.type === "reconcile.succeeded" && ownerShare(summary, ["team pay"]);
    expect(share ? share.detail.changes : []).toMatchObject([
      { account: "sl_jane", before: [], after: [{ database: "orders", role: "write", team: "pay" }] },
    ]);
    expect(summary?.type === "reconcile.succeeded" && ownerShare(summary, ["pay"])).toBeUndefined();
  });

  it("say what a member loses who leaves the team", () => {
    const [changed] = events(rosterWith(joined), rosterWith({ orders: own }));
    expect(changed).toMatchObject({
      type: "access.changed",
      detail: {
        before: [
          { database: "orders", role: "read" },
          { database: "orders", role: "write", team: "pay" },
        ],
        after: [{ database: "orders", role: "read" }],
        owners: [{ project: "team pay", email: "t@example.com" }],
      },
    });
  });
});
