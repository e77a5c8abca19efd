import { assembleStatements, type StatementsRequest } from "../../../../core/mysql";
import { definedObject, observedAccount, observedState, rosterOf } from "../../../support/observed";

const assemble = (request: Pick<StatementsRequest, "roster" | "observed" | "administrator">) =>
  assembleStatements({
    now: new Date("2026-11-20T00:00:00Z"),
    prefix: "sl",
    unmanaged: "report",
    definers: "block",
    previouslyDeclared: [],
    onlyCreate: false,
    ...request,
  });
const sql = (request: Parameters<typeof assemble>[0]) => assemble(request).statements.map(s => s.sql);
const row = (name: string, ...privileges: string[]) => ({ name, privileges, grantOption: false });

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
});
