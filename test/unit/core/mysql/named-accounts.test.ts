import { removedAccounts } from "../../../../core/decisions/rosters-in-effect";
import {
  awaitedTakeOvers,
  namedNotes,
  reportedAccounts,
  takenOverIn,
} from "../../../../core/mysql/named-accounts";
import { ceilingViolations, DEFAULT_CEILING } from "../../../../core/roster/ceiling";
import {
  isManaged,
  isManagedName,
  type ManagedNames,
  managedName,
} from "../../../../core/roster/managed-names";
import { observedAccount, observedState, rosterOf, withObjects } from "../../../support/observed";
import { compare } from "../decisions/holders/holders-setup";
import { registered, settledOn } from "../decisions/known";

const names: ManagedNames = {
  prefix: "sl",
  alsoManages: ["legacy_app@%", "jane@corp@%", "far@10.%", "rdsadmin@%"],
  takeOver: { "jane.doe": "jane@%" },
};
const jane = { user: "jane", host: "%" };

describe("which accounts are managed", () => {
  it("are those with the prefix at any host, and those named at theirs, but none of the server", () => {
    const at = (user: string, host = "%") => isManaged(names, { user, host });
    expect([at("sl_a"), at("sl_a", "10.%"), at("legacy_app"), at("jane@corp")]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    const others = [at("legacy_app", "10.%"), at("legacy_apq"), at("LEGACY_APP"), at("jane"), at("rdsadmin")];
    expect(others).toEqual([false, false, false, false, false]);
    expect(["far", "rdsadmin", "jane", "slack"].map(user => isManagedName(names, user))).toEqual(
      Array(4).fill(false),
    );
  });

  it("a user whose account is named has no prefix", () => {
    expect(["legacy_app", "jane", "far"].map(user => managedName(names, user))).toEqual([
      "legacy_app",
      "sl_jane",
      "sl_far",
    ]);
  });

  it("none of them, and none to take over, is granted as a native role", () => {
    const nativeRoles = ["legacy_app", "jane", "sl_x", "app_role"];
    const objects = Object.fromEntries(nativeRoles.map(role => [`ROLE \`${role}\``, "r"]));
    const roster = withObjects(rosterOf({ sl_a: {} }), { sl_a: objects });
    const found = ceilingViolations(roster, { ...DEFAULT_CEILING, nativeRoles }, names);
    expect(found.map(({ object }) => object?.name)).toEqual(["jane", "legacy_app", "sl_x"]);
  });

  it("a declared one is not watched as a stranger; one that nobody declares is", () => {
    const managed = (users: string[]) =>
      compare(
        ["payroll"],
        { databases: ["payroll"], kinds: ["can act as", "by privilege"], holders: {} },
        {
          names: { prefix: "sl", alsoManages: ["shopapp@%"] },
          managed: new Set(users),
        },
      ).unseen.length;
    expect([managed(["shopapp"]), managed([])]).toEqual([0, 1]);
  });
});

describe("accounts to take over", () => {
  const roster = rosterOf({ "sl_jane.doe": { orders: "read" } });

  it("are those of users that a reviewed roster declares", () => {
    expect(takenOverIn(names, roster)).toEqual(new Map([["sl_jane.doe", jane]]));
    expect(takenOverIn(names, rosterOf({}))).toEqual(new Map());
    expect(
      takenOverIn({ prefix: "sl", takeOver: { a: "root@%", b: "x@10.%" } }, rosterOf({ sl_a: {}, sl_b: {} })),
    ).toEqual(new Map());
  });

  it("hold back the declared account until an apply renames them, or nobody has the old name", () => {
    const takeOver = takenOverIn(names, roster);
    const waits = (accounts: string[], toTakeOver: string[]) =>
      awaitedTakeOvers(
        observedState(
          accounts.map(user => observedAccount(user)),
          {
            toTakeOver: toTakeOver.map(user => observedAccount(user)),
          },
        ),
        takeOver,
      )("sl_jane.doe");
    expect([waits([], ["jane"]), waits([], []), waits(["sl_jane.doe"], ["jane"])]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("that no file declares, and accounts that are let go, get a note", () => {
    expect(namedNotes(names, roster, [])).toEqual([]);
    expect(namedNotes(names, rosterOf({}), ["sl_a", "legacy_app", "old_app"])).toEqual([
      "'jane'@'%' is not taken over, since no file declares sl_jane.doe: it stays as it is.",
      expect.stringMatching(/^No longer managed, .*: old_app\. They keep what they have\.$/),
    ]);
  });
});

describe("an account in alsoManages that no roster ever declared", () => {
  it("is reported whatever `unmanaged` says", () => {
    const undeclared = ["sl_x", "legacy_app"];
    expect(reportedAccounts({ ...names, unmanaged: "report" }, undeclared)).toEqual(undeclared);
    expect(reportedAccounts({ ...names, unmanaged: "remove" }, undeclared)).toEqual(["legacy_app"]);
  });

  it("stays when the last hook is deleted under `remove`, unless it was declared", () => {
    const found = ["sl_x", "legacy_app", "sl_a"].map(user => ({ user }));
    const removed = (declared: Parameters<typeof rosterOf>[0], unmanaged: "remove" | "report") =>
      removedAccounts(registered(settledOn(rosterOf(declared)), { ...names, unmanaged }), found).map(
        ({ user }) => user,
      );
    expect(removed({ sl_a: {} }, "remove")).toEqual(["sl_x", "sl_a"]);
    expect(removed({ sl_a: {}, legacy_app: {} }, "report")).toEqual(["legacy_app", "sl_a"]);
  });
});
