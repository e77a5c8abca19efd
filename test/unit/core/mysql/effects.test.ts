import fc from "fast-check";
import { assembleStatements, effectsOf, quoteAccount } from "../../../../core/mysql";
import { FORMS } from "../../../../core/mysql/statement-forms";
import { privilegesOfColumns } from "../../../../lambdas/reconciler/mysql/privilege-columns";
import { observedStateArbitrary, rosterArbitrary } from "../../../support/arbitraries";

describe("effectsOf", () => {
  it.each([
    [
      "CREATE USER 'sl_a'@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL",
      ["create|'sl_a'@'%'"],
    ],
    [
      "GRANT SELECT, CREATE TEMPORARY TABLES ON `o``r`.* TO 'sl_a'@'%', 'sl_b'@'%'",
      [
        "grant|'sl_a'@'%'|`o``r`.*|SELECT",
        "grant|'sl_a'@'%'|`o``r`.*|CREATE TEMPORARY TABLES",
        "grant|'sl_b'@'%'|`o``r`.*|SELECT",
        "grant|'sl_b'@'%'|`o``r`.*|CREATE TEMPORARY TABLES",
      ],
    ],
    [
      "REVOKE SELECT (`a`, `b`), GRANT OPTION ON `d`.`t` FROM 'sl_a'@'%'",
      [
        "revoke|'sl_a'@'%'|`d`.`t`|SELECT (`a`)",
        "revoke|'sl_a'@'%'|`d`.`t`|SELECT (`b`)",
        "revoke|'sl_a'@'%'|`d`.`t`|GRANT OPTION",
      ],
    ],
    [
      "REVOKE LOAD FROM S3, SELECT INTO S3, INVOKE LAMBDA, V2_ADMIN ON *.* FROM 'sl_a'@'%'",
      [
        "revoke|'sl_a'@'%'|*.*|LOAD FROM S3",
        "revoke|'sl_a'@'%'|*.*|SELECT INTO S3",
        "revoke|'sl_a'@'%'|*.*|INVOKE LAMBDA",
        "revoke|'sl_a'@'%'|*.*|V2_ADMIN",
      ],
    ],
    ["REVOKE 'r'@'%' FROM 'sl_a'@'%'", ["revoke-role|'sl_a'@'%'|'r'@'%'"]],
    ["RENAME USER 'sl_a'@'10.%' TO 'sl_a'@'%'", ["rename|'sl_a'@'10.%'|'sl_a'@'%'"]],
    ["DROP USER 'sl_o\\'; DROP USER x'@'%'", ["drop|'sl_o\\'; DROP USER x'@'%'"]],
  ])("reads %s", (sql, effects) => {
    expect(effectsOf(sql)).toEqual(effects);
  });

  it.each([
    "SELECT 1",
    "GRANT SELECT ON `d`.* TO 'sl_a'@'%' WITH GRANT OPTION",
    "DROP USER 'sl_a'@'%'; DROP USER 'b'@'%'",
    "REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'sl_a'@'%'",
    "DROP USER IF EXISTS 'sl_a'@'%'",
    "CREATE USER 'sl_a'@'%' IDENTIFIED BY 'x'",
    "GRANT SELECT ON `d`.* TO 'sl_a'@'%' -- harmless",
    "",
  ])("understands nothing that we never write: %s", sql => {
    expect(effectsOf(sql)).toBeUndefined();
  });

  it("understands every name that a column of the grant tables can give a privilege", () => {
    const words = fc.array(fc.stringMatching(/^[A-Za-z0-9_]{1,8}$/), { minLength: 1, maxLength: 4 });
    const column = fc
      .tuple(fc.stringMatching(/^[A-Za-z]$/), words)
      .map(([first, rest]) => `${first}${rest.join("_").replaceAll(/__+/g, "_").replace(/_$/, "")}_priv`);
    fc.assert(
      fc.property(fc.uniqueArray(column, { minLength: 1, maxLength: 3 }), columns => {
        const row = Object.fromEntries(columns.map(name => [name, "Y"]));
        const privileges = [...new Set(privilegesOfColumns(row))];
        fc.pre(!privileges.includes("GRANT"));
        const { before } = FORMS.revoke.write(privileges, "*.*");
        expect(effectsOf(`${before} 'sl_a'@'%'`)).toEqual(
          privileges.map(privilege => `revoke|'sl_a'@'%'|*.*|${privilege}`),
        );
      }),
      { examples: [[["a_oN_A_priv", "aa_priv"]], [["a_on_function_priv"]]] },
    );
  });

  it("understands every statement that is ever assembled", () => {
    fc.assert(
      fc.property(rosterArbitrary, observedStateArbitrary, fc.boolean(), (roster, observed, wipe) => {
        const plan = assembleStatements({
          roster,
          observed,
          now: new Date("2026-11-20T00:00:00Z"),
          prefix: "sl",
          unmanaged: "remove",
          definers: "strip",
          previouslyDeclared: [],
          administrator: wipe
            ? { grantable: ["SELECT"], restrictions: [], revokesRestricted: true, revokesProxies: false }
            : undefined,
          onlyCreate: false,
        });
        for (const { sql, accounts, each } of plan.statements) {
          const effects = effectsOf(sql);
          expect(effects).toBeDefined();
          expect(new Set(effects!.map(e => e.split("|")[1]))).toEqual(
            new Set(accounts.map(a => quoteAccount(a).split("|")[0])),
          );
          expect(each.flatMap(one => effectsOf(one)!).sort()).toEqual([...effects!].sort());
        }
      }),
      { numRuns: 300 },
    );
  });
});
