import { globalPrivilege, nativeRole, objectKey } from "../../../../core/roster/granted-object";
import type { Roster, RosterAccount } from "../../../../core/roster/roster";
import { type WhyQuestion, whyDeclared } from "../../../../core/why/why-declared";

const NOW = new Date("2026-11-20T12:00:00Z");
const END = "2026-12-01T00:00:00Z";
const PROCESS = objectKey(globalPrivilege("PROCESS"));
const ROLE = objectKey(nativeRole("AWS_LAMBDA_ACCESS"));
const roles = { read: ["SELECT"], write: ["INSERT"] } as const;

const ask = (account: Partial<RosterAccount>, question: Partial<WhyQuestion> = {}) => {
  const jane: RosterAccount = { kind: "person", user: "jane", databases: {}, ...account };
  const roster: Roster = {
    roles: { read: [...roles.read], write: [...roles.write] },
    accounts: { sl_jane: jane },
  };
  const asked = { cluster: "orders", target: { database: "shop" }, now: NOW, places: [], ...question };
  return whyDeclared(["sl_jane", jane], { ...asked, roster });
};
const place = (at: string, more: Partial<WhyQuestion["places"][number]["grant"]> = {}, user = "jane") => ({
  user,
  at,
  grant: { cluster: "orders", databases: ["shop"], role: "read", ...more },
});

describe("why, as files declare it", () => {
  it("counts a grant as ended from its end on", () => {
    const grants = (expires: string) => ask({ databases: { shop: { role: "read", expires } } }).grants;
    expect(grants(NOW.toISOString())[0]!.state).toBe("ended");
    expect(grants(new Date(NOW.getTime() + 1).toISOString())[0]!.state).toBe("in force");
  });

  it("names what is of the whole server for any database", () => {
    const objects = { [PROCESS]: { role: "PROCESS" }, [ROLE]: { role: "AWS_LAMBDA_ACCESS" } };
    expect(ask({ objects })).toMatchObject({
      grants: [
        { on: expect.stringContaining("global PROCESS") },
        { on: expect.stringContaining("native role") },
      ],
      nearest: [],
    });
  });

  it("names the file of this user, cluster and team, and of several the one with the role and the end", () => {
    const places = [
      place("other-user:1", {}, "john"),
      place("other-cluster:1", { cluster: "payments" }),
      place("other-database:1", { databases: ["archive"] }),
      place("team:1", { team: "dba" }),
      place("other-role:1", { role: "write" }),
      place("other-end:1", { expires: END }),
      place("this:1"),
    ];
    const at = (grant: object, known = places) =>
      ask({ databases: { shop: { role: "read", ...grant } } }, { places: known }).grants[0]!.at;
    expect([at({}), at({ expires: END }), at({ team: "dba" }), at({ role: "write" })]).toEqual([
      "this:1",
      "other-end:1",
      "team:1",
      "other-role:1",
    ]);
    expect(at({}, places.slice(0, 4))).toBeUndefined();
  });
});
