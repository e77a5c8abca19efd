import { assemble, row, sql } from "../../../support/assemble";
import {
  definedObject,
  observedAccount,
  observedState,
  rosterOf,
  withObjects,
} from "../../../support/observed";

describe("what an administrator cannot do", () => {
  it("creates an account again, with a note, if the administrator cannot revoke its grants", () => {
    const observed = observedState([
      observedAccount("sl_jane", { globalPrivileges: ["SHUTDOWN"], databases: [row("orders", "SELECT")] }),
    ]);
    expect(
      sql({
        roster: rosterOf({ sl_jane: { orders: "read" } }),
        observed,
        administrator: {
          grantable: ["SELECT"],
          restrictions: [],
          revokesRestricted: true,
          revokesProxies: false,
        },
      }),
    ).toEqual([
      "DROP USER 'sl_jane'@'%'",
      "CREATE USER 'sl_jane'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
      "GRANT SELECT ON `orders`.* TO 'sl_jane'@'%'",
    ]);
  });

  it("does not drop an account for what it cannot revoke, if not all of its grants could return", () => {
    const account = (...global: string[]) =>
      observedAccount("sl_jane", {
        globalPrivileges: global,
        databases: [row("orders", "SELECT", "EVENT"), row("shop", "SELECT", "INSERT")],
      });
    const planOf = (...global: string[]) =>
      assemble({
        roster: rosterOf({ sl_jane: { orders: "read", shop: "read" } }),
        observed: observedState([account(...global)]),
        administrator: {
          grantable: ["SELECT", "INSERT", "EVENT"],
          restrictions: [{ database: "orders", privileges: ["SELECT", "EVENT"] }],
          revokesRestricted: true,
          revokesProxies: false,
        },
      });
    for (const plan of [planOf(), planOf("SHUTDOWN")]) {
      expect(plan.statements.map(one => one.sql)).toEqual(["REVOKE INSERT ON `shop`.* FROM 'sl_jane'@'%'"]);
      expect(plan.leftOut.get("sl_jane")).toMatch(
        /grants that cannot be revoked \(.*EVENT ON `orders`.*\), and it is not dropped, because.*could return.*GRANT SELECT ON `orders`/,
      );
    }
  });

  it("names privileges that the administrator lacks, and orphaned objects of an account", () => {
    const observed = observedState([], {
      orphanedDefiners: [{ user: "sl_jane", host: "%", objects: [definedObject("VIEW orders.v")] }],
    });
    const { leftOut, problems, statements } = assemble({
      roster: rosterOf({ sl_jane: { orders: "write" } }),
      observed,
      administrator: {
        grantable: ["SELECT"],
        restrictions: [],
        revokesRestricted: true,
        revokesProxies: false,
      },
    });
    expect(problems).toEqual([expect.stringMatching(/lacks INSERT, UPDATE/)]);
    expect([...leftOut]).toEqual([["sl_jane", expect.stringMatching(/VIEW orders\.v would run/)]]);
    expect(statements).toEqual([]);
  });

  it.each(["%", "10.%"])(
    "never becomes a native role of others, with the host %s of its own account",
    host => {
      const plan = assemble({
        roster: withObjects(rosterOf({ sl_a: {} }), { sl_a: { "ROLE `admin`": { role: "native" } } }),
        observed: observedState([], { self: { user: "admin", host }, nativeRoles: ["admin"] }),
      });
      expect(plan.problems).toEqual([
        `The administrator 'admin'@'${host}' manages this cluster, and nobody gets its rights as a role: leave the ` +
          "native role 'admin'@'%' out for 'sl_a'@'%'.",
      ]);
    },
  );

  describe("leaves out an account whose events keep running", () => {
    const leftOut = (count: number, grantable: readonly string[], setsDefiners: boolean) => {
      const events = Array.from({ length: count }, (_, n) => definedObject(`EVENT orders.e${n}`));
      const definerOf = events.map(event => ({ ...event, enabled: true as const }));
      const account = observedAccount("sl_bob", { definerOf, databases: [row("orders", "EVENT")] });
      const plan = assemble({
        roster: rosterOf({}),
        observed: observedState([account], { setsDefiners }),
        previouslyDeclared: ["sl_bob"],
        administrator: { grantable, restrictions: [], revokesRestricted: true, revokesProxies: false },
      });
      return [...plan.leftOut.values()].join();
    };

    it.each([
      ["it cannot disable events", 1, false, "EVENT orders.e0 keep running"],
      ["there are more than it disables", 1_001, true, "EVENT orders.e999 keep running"],
    ])("because EVENT cannot be revoked and %s", (_, count, setsDefiners, expected) => {
      expect(leftOut(count, [], setsDefiners)).toContain(expected);
      expect(leftOut(count, ["EVENT"], setsDefiners)).toBe("");
    });
  });
});
