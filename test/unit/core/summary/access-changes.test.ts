import type { DatabaseGrant, Roster, RosterAccount } from "../../../../core/roster/roster";
import { givesAdministrator } from "../../../../core/summary/access-changes";
import { NOW } from "../../../support/summary-plans";
import {
  account,
  changed,
  type GrantsOfPlace,
  jane,
  LATE,
  PAST,
  ROLES,
  roster,
  SOON,
} from "./changed-access";

const shown = (before: Roster | undefined, after: Roster | undefined) =>
  changed(before, after).map(({ from, kind, place, to }) => [kind, place, from, to]);

describe("what changes for an account", () => {
  it.each<[string, DatabaseGrant | undefined, DatabaseGrant | undefined, unknown[][]]>([
    ["a new grant is a gain", undefined, { role: "read" }, [["gain", "shop", undefined, "read"]]],
    ["a grant that goes is a loss", { role: "read" }, undefined, [["loss", "shop", "read", undefined]]],
    ["a wider role is a gain", { role: "read" }, { role: "write" }, [["gain", "shop", "read", "write"]]],
    ["a narrower role is a loss", { role: "write" }, { role: "read" }, [["loss", "shop", "write", "read"]]],
    ["another role is both", { role: "read" }, { role: "run" }, [["both", "shop", "read", "run"]]],
    ["the same is nothing", { role: "read" }, { role: "read" }, []],
    [
      "an extension of an expired grant is a gain",
      { role: "read", expires: PAST },
      { role: "read", expires: SOON },
      [["gain", "shop", undefined, "read"]],
    ],
    ["to remove an expired grant is nothing", { role: "read", expires: PAST }, undefined, []],
    ["an expired grant that is added is nothing", undefined, { role: "read", expires: PAST }, []],
    ["an end at this moment has passed", { role: "read", expires: NOW.toISOString() }, undefined, []],
    [
      "a later end is a change of terms",
      { role: "read", expires: SOON },
      { role: "read", expires: LATE },
      [["terms", "shop", "read", "read"]],
    ],
    [
      "another reason is a change of terms",
      { role: "read", reason: "a" },
      { role: "read", reason: "b" },
      [["terms", "shop", "read", "read"]],
    ],
    [
      "privileges of the grant itself count",
      { role: "read" },
      { role: "read", privileges: ["SELECT", "DELETE"] },
      [["gain", "shop", "read", "read"]],
    ],
  ])("%s", (_, before, after, expected) => {
    const keep = { other: { role: "read" } };
    expect(
      shown(
        jane({ ...keep, ...(before && { shop: before }) }),
        jane({ ...keep, ...(after && { shop: after }) }),
      ),
    ).toEqual(expected);
  });

  it("a role that gives more in roles.yaml is a gain of everybody who has it", () => {
    const wider = {
      ...jane({ shop: { role: "read" } }),
      roles: { ...ROLES, read: ["SELECT", "DELETE"] as const },
    };
    expect(changed(jane({ shop: { role: "read" } }), wider)).toMatchObject([
      { kind: "gain", notes: ["+DELETE"] },
    ]);
  });

  it.each<[string, Partial<RosterAccount>, Partial<RosterAccount>, unknown[]]>([
    ["a suspension is a loss", {}, { suspended: true }, ["loss", undefined, "in use", "suspended"]],
    ["its end is a gain", { suspended: true }, {}, ["gain", undefined, "suspended", "in use"]],
    ["a narrower host is a loss", {}, { hosts: ["10.%"] }, ["loss", undefined, "from %", "from 10.%"]],
    ["a wider host is a gain", { hosts: ["10.%"] }, {}, ["gain", undefined, "from 10.%", "from %"]],
    [
      "another host is both",
      { hosts: ["10.%"] },
      { hosts: ["11.%"] },
      ["both", undefined, "from 10.%", "from 11.%"],
    ],
    [
      "a host within another one gives nothing",
      { hosts: ["10.%"] },
      { hosts: ["10.%", "10.1.2.3"] },
      ["terms", undefined, "from 10.%", "from 10.%, 10.1.2.3"],
    ],
    [
      "a suspension is a loss, whatever the hosts",
      { hosts: ["10.%"] },
      { suspended: true },
      ["loss", undefined, "in use; from 10.%", "suspended; from %"],
    ],
    [
      "another limit is a change of terms",
      {},
      { limits: { connections: 5 } },
      ["terms", undefined, "limits none", 'limits {"connections":5}'],
    ],
    ["so is another TLS requirement", {}, { tls: "x509" }, ["terms", undefined, "tls ssl", "tls x509"]],
  ])("%s", (_, before, after, expected) => {
    const grants = { shop: { role: "read" } };
    expect(shown(jane(grants, before), jane(grants, after))).toEqual([expected]);
  });

  it("an option of an account that has only expired grants, and so does not exist, changes nothing", () => {
    const grants = { shop: { role: "read", expires: PAST } };
    expect(shown(jane(grants), jane(grants, { suspended: true }))).toEqual([]);
  });

  it.each<[string, string, string | undefined, string | undefined]>([
    ["of the same address is the same person's", "terms", "jane@example.com", "Jane@example.com"],
    ["of another address may be another person's", "both", "jane@example.com", "jd@example.com"],
    ["without an address may be, too", "both", undefined, undefined],
    ["that had no address may be, too", "both", undefined, "jd@example.com"],
  ])("a renamed account %s: %s", (_, kind, old, young) => {
    const grants = { shop: { role: "read" } };
    const before = jane(grants, { email: old });
    const after = roster({ sl_jd: account(grants, { user: "jd", formerly: "sl_jane", email: young }) });
    expect(shown(before, after)).toEqual([[kind, undefined, "named sl_jane", "named sl_jd"]]);
  });

  it.each<[string, Partial<RosterAccount>, Partial<RosterAccount>]>([
    ["the end of a suspension", { suspended: true }, {}],
    ["the end of a suspension with another limit", { suspended: true }, { limits: { connections: 5 } }],
    ["a wider host", { hosts: ["10.%"] }, {}],
    ["another host and another TLS requirement", { hosts: ["10.%"] }, { hosts: ["11.%"], tls: "x509" }],
  ])("%s gives all that the account has, which is named and counts", (_, before, after) => {
    const grants = { a: { role: "read" }, shop: { role: "admin" } };
    const [change] = changed(jane(grants, before), jane(grants, after));
    expect(change).toMatchObject({
      toLevel: "administrator",
      holds: { role: "admin", place: "shop" },
      notes: ["with all that the account has, up to admin on shop"],
    });
    expect(givesAdministrator(change!)).toBe(true);
  });

  it("a new name does not hide that the account has less addresses, and a lost address no new name", () => {
    const grants = { shop: { role: "admin" } };
    const more = { user: "jd", formerly: "sl_jane", hosts: ["10.%"] };
    expect(shown(jane(grants), roster({ sl_jd: account(grants, more) }))).toEqual([
      ["both", undefined, "from %; named sl_jane", "from 10.%; named sl_jd"],
    ]);
  });

  it("a new cluster is a gain of all, and one that goes a loss", () => {
    const all = jane({ shop: { role: "read" } });
    expect(shown(undefined, all)).toEqual([["gain", "shop", undefined, "read"]]);
    expect(shown(all, undefined)).toEqual([["loss", "shop", "read", undefined]]);
  });

  it("of several grants on one place, what another still gives is not lost", () => {
    const two = (roles: readonly string[]) =>
      jane({}, { objects: Object.fromEntries(roles.map(role => ["`shop`.`t`", { role }])) });
    expect(shown(two(["write"]), two(["read"]))).toEqual([["loss", "shop.t", "write", "read"]]);
  });
});

describe("several grants on one place", () => {
  const read = { role: "read" };
  const ofTeam = (role: string, more: Partial<DatabaseGrant> = {}) => ({ role, ...more, team: "ops" });
  const rows = (before: GrantsOfPlace, after: GrantsOfPlace) =>
    changed(jane({ shop: before }), jane({ shop: after })).map(({ from, kind, to, until }) => [
      kind,
      from,
      to,
      until,
    ]);

  it.each<[string, GrantsOfPlace, GrantsOfPlace, unknown[][]]>([
    [
      'what a team still gives is no loss, and the row says no "no access"',
      { ...read, also: [ofTeam("read", { expires: SOON })] },
      ofTeam("read", { expires: SOON }),
      [["terms", "read", "read", SOON]],
    ],
    [
      "the loss of a wider one leaves what the team gives",
      { role: "write", also: [ofTeam("read", { expires: SOON })] },
      ofTeam("read", { expires: SOON }),
      [["loss", "write", "read", SOON]],
    ],
    [
      "a team that gives more is no new access",
      read,
      { ...read, also: [ofTeam("admin", { expires: SOON })] },
      [["gain", "read", "admin", SOON]],
    ],
    [
      "of several that remain the last end counts",
      { role: "write", also: [ofTeam("read", { expires: SOON }), { ...ofTeam("read"), team: "z" }] },
      { ...ofTeam("read", { expires: SOON }), also: [{ ...ofTeam("read"), team: "z" }] },
      [["loss", "write", "read", undefined]],
    ],
  ])("%s", (_, before, after, expected) => {
    expect(rows(before, after)).toEqual(expected);
  });

  it("the owner of a team who is granted something by it is marked, and the row names the team", () => {
    const teams = { ops: { owner: { email: "Jane@example.com" } } };
    const [change] = changed(
      { ...jane({}, { email: "jane@example.com" }), teams },
      { ...jane({ shop: ofTeam("read", { expires: SOON }) }, { email: "jane@example.com" }), teams },
    );
    expect(change).toMatchObject({
      marks: ["owner grants themselves"],
      notes: ["by the team ops"],
    });
  });
});

describe("the order of changes", () => {
  it("is that of what a reviewer has to see first, and the same for rosters in another order", () => {
    const before = roster({
      sl_amy: account({ a: { role: "read" } }, { user: "amy" }),
      sl_bob: account({ a: { role: "read", reason: "x" } }, { user: "bob" }),
      sl_cat: account({ a: { role: "read" } }, { user: "cat" }),
    });
    const accounts: [string, RosterAccount][] = [
      ["sl_amy", account({ a: { role: "write" } }, { user: "amy" })],
      ["sl_bob", account({ a: { role: "read", reason: "y" } }, { user: "bob" })],
      ["sl_zoe", account({ a: { role: "admin" } }, { user: "zoe" })],
    ];
    const order = (list: typeof accounts) =>
      changed(before, roster(Object.fromEntries(list))).map(({ kind, user }) => `${kind} ${user}`);
    expect(order(accounts)).toEqual(["gain zoe", "loss cat", "gain amy", "terms bob"]);
    expect(order([...accounts].reverse())).toEqual(order(accounts));
  });
});

it("several grants on one place are in the same order, however the roster orders them", () => {
  const team = (name: string, role: string) => ({ role, team: name });
  const all = [team("b", "admin"), team("a", "write"), team("c", "run")];
  const order = ([first, ...also]: (DatabaseGrant & { team: string })[]) => {
    const shop: GrantsOfPlace = { ...first!, also };
    return changed(undefined, jane({ shop })).map(({ to }) => to);
  };
  expect(order([...all].reverse())).toEqual(order(all));
  expect(order([all[1]!, all[2]!, all[0]!])).toEqual(order(all));
});
