import {
  NEVER_GRANTED,
  NOT_ON_AURORA,
  parseVersion,
  SERVER_PRIVILEGES,
  unknownTo,
} from "../../../../core/catalogue/server-privileges";

describe("the catalogue of global privileges", () => {
  it("says of each name one thing", () => {
    const listed = [...SERVER_PRIVILEGES, ...NEVER_GRANTED, ...NOT_ON_AURORA];
    expect(listed.filter((name, at) => listed.indexOf(name) < at)).toEqual([]);
  });

  it.each([
    ["8.0.28", "SENSITIVE_VARIABLES_OBSERVER", "MySQL has SENSITIVE_VARIABLES_OBSERVER since 8.0.29"],
    ["8.0.mysql_aurora.3.04.0", "SENSITIVE_VARIABLES_OBSERVER", undefined],
    ["8.0.42", "FLUSH_PRIVILEGES", "MySQL has FLUSH_PRIVILEGES since 8.4.0"],
    ["8.4.3", "FLUSH_PRIVILEGES", undefined],
    ["8.0.28", "SET_USER_ID", undefined],
    [
      "8.4.0",
      "SET_USER_ID",
      "MySQL has no SET_USER_ID since 8.4.0, but SET_ANY_DEFINER and ALLOW_NONEXISTENT_DEFINER",
    ],
    ["9.7.4-2", "PROCESS", undefined],
  ])("on %s, %s", (version, privilege, expected) => {
    expect(unknownTo(privilege, parseVersion(version)!)).toBe(expected);
  });
});
