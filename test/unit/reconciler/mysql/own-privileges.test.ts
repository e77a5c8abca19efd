import { administratorLacks } from "../../../../core/mysql";
import { ownPrivileges } from "../../../../lambdas/reconciler/mysql/own-privileges";

const ALL = "GRANT SELECT, PROCESS, EVENT, TRIGGER, CREATE USER ON *.* TO `admin`@`%` WITH GRANT OPTION";
const DYNAMIC = "GRANT CONNECTION_ADMIN,SHOW_ROUTINE ON *.* TO `admin`@`%`";

/** What an administrator with these lines of SHOW GRANTS lacks. */
const lacks = (lines: readonly string[], hasRdsKill = false) => {
  const rows = lines.map(line => ({ "Grants for admin@%": line }));
  return administratorLacks(ownPrivileges(rows, hasRdsKill)).map(
    ({ on, privilege }) => `${privilege} ON ${on}`,
  );
};

describe("what an administrator lacks, from SHOW GRANTS", () => {
  it.each([
    ["nothing", [ALL, DYNAMIC], []],
    [
      "everything",
      ["GRANT USAGE ON *.* TO `admin`@`%`", "GRANT `rds_superuser_role`@`%` TO `admin`@`%`"],
      ["GRANT OPTION", "CREATE USER", "PROCESS", "CONNECTION_ADMIN", "EVENT", "TRIGGER", "SHOW_ROUTINE"].map(
        name => `${name} ON *.*`,
      ),
    ],
    [
      "nothing with SUPER, and with SELECT for routines",
      [ALL, "GRANT SUPER ON *.* TO `root`@`localhost`"],
      [],
    ],
    [
      "nothing on the server's own databases",
      [ALL, DYNAMIC, "REVOKE EVENT, TRIGGER ON `mysql`.* FROM `admin`@`%`"],
      [],
    ],
    [
      "what is restricted in a database whose name reads like the rest of a line",
      [
        ALL,
        DYNAMIC,
        "REVOKE EVENT ON `a TO ``b`.* FROM `admin`@`%`",
        "REVOKE TRIGGER ON `c FROM ``d`.* FROM `admin`@`%`",
      ],
      ["EVENT ON `a TO ``b`.*", "TRIGGER ON `c FROM ``d`.*"],
    ],
    [
      "nothing with the rights on `mysql` that the server takes in place of CREATE USER",
      [ALL.replace(", CREATE USER", ""), DYNAMIC, "GRANT INSERT, UPDATE, DELETE ON `mysql`.* TO `admin`@`%`"],
      [],
    ],
    [
      "CREATE USER, if it may not write to `mysql`",
      [
        ALL.replace("CREATE USER", "INSERT, UPDATE, DELETE"),
        DYNAMIC,
        "REVOKE DELETE ON `mysql`.* FROM `admin`@`%`",
      ],
      ["CREATE USER ON *.*"],
    ],
    [
      "what is restricted in one database",
      [ALL, DYNAMIC, "REVOKE EVENT, INSERT ON `or``ders`.* FROM `admin`@`%`"],
      ["EVENT ON `or``ders`.*"],
    ],
    [
      "what shows routines, if SELECT is restricted in one database",
      [ALL, "GRANT SUPER ON *.* TO `a`@`%`", "REVOKE SELECT ON `orders`.* FROM `a`@`%`"],
      ["SHOW_ROUTINE ON *.*"],
    ],
    [
      "a privilege that it holds in one database only",
      [
        "GRANT SELECT, PROCESS, TRIGGER, CREATE USER ON *.* TO `admin`@`%`",
        DYNAMIC,
        "GRANT EVENT ON `orders`.* TO `admin`@`%` WITH GRANT OPTION",
      ],
      ["EVENT ON *.*"],
    ],
    [
      "GRANT OPTION, if only dynamic privileges have one",
      [ALL.replace(" WITH GRANT OPTION", ""), DYNAMIC],
      ["GRANT OPTION ON *.*"],
    ],
  ])("%s", (_, lines, expected) => {
    expect(lacks(lines)).toEqual(expected);
  });

  it.each([
    ["by name", "GRANT EXECUTE ON PROCEDURE `mysql`.`rds_kill` TO `admin`@`%`"],
    ["by its database", "GRANT EXECUTE ON `mysql`.* TO `admin`@`%`"],
    ["everywhere", "GRANT EXECUTE ON *.* TO `admin`@`%`"],
  ])("CONNECTION_ADMIN is not needed where mysql.rds_kill may be called (%s)", (_, line) => {
    expect(lacks([ALL, line], true)).toEqual([]);
    expect(lacks([ALL, line], false)).toEqual(["CONNECTION_ADMIN ON *.*"]);
    expect(lacks([ALL], true)).toEqual(["CONNECTION_ADMIN ON *.*"]);
  });

  it("EXECUTE everywhere but on mysql does not call mysql.rds_kill", () => {
    const restricted = "REVOKE EXECUTE ON `mysql`.* FROM `admin`@`%`";
    expect(lacks([ALL, "GRANT EXECUTE ON *.* TO `admin`@`%`", restricted], true)).toEqual([
      "CONNECTION_ADMIN ON *.*",
    ]);
  });

  it("takes no long time for a line of quotes", () => {
    expect(ownPrivileges([{ grants: `GRANT ${"`".repeat(200)}` }], false).roles).toEqual([]);
  });
});
