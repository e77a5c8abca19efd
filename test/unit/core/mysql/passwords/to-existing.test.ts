import { planEnforcement } from "../../../../../core/decisions/plan-enforcement";
import type { ObservedAccount } from "../../../../../core/mysql/observed-state";
import type { KnownPassword } from "../../../../../core/mysql/password-login";
import { assemble, row } from "../../../../support/assemble";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../../support/observed";
import { NOW } from "../../decisions/known";

const ACCOUNT = "'sl_sync'@'%'";
const DISCARD = `ALTER USER ${ACCOUNT} DISCARD OLD PASSWORD`;
const plain = rosterOf({ sl_sync: { orders: "read" } });
const existing = withOptions(plain, "sl_sync", { login: "existing" });
const byPassword = withOptions(plain, "sl_sync", { login: "password" });
const sync = (more: Partial<ObservedAccount> = {}) =>
  observedAccount("sl_sync", {
    plugin: "caching_sha2_password",
    passwordChanged: 100,
    passwordLifetime: 0,
    databases: [row("orders", "SELECT")],
    ...more,
  });
const at = (hours: number) => new Date(NOW.getTime() + hours * 3_600_000).toISOString();
const passwordsOf = (known: Partial<KnownPassword>) => new Map([[ACCOUNT, { changed: 100, ...known }]]);
const plan = (found: ObservedAccount, known: Partial<KnownPassword> = {}) => {
  const passwords = passwordsOf(known);
  return assemble({ roster: existing, observed: observedState([found]), now: NOW, passwords });
};
const sql = (...asked: Parameters<typeof plan>) => plan(...asked).statements.map(one => one.sql);

describe("an account that is to keep its login, and has the password of its secret", () => {
  it("is refused: Terraform deletes the only copy", () => {
    expect(plan(sync()).problems).toEqual([
      "'sl_sync'@'%' logs in by the password in its secret, which goes with `login: password`: with `login: existing` " +
        "nobody would have it, and it would go on. Apply it without `login` first (by IAM token), or give it a " +
        "password by hand, then plan again.",
    ]);
  });

  it("is refused while a rotation sets its password", () => {
    const rotating = { rotatingSince: at(-2) };
    expect(plan(sync({ passwordChanged: 150, secondPassword: true }), rotating).problems).toHaveLength(1);
  });

  it("is refused also if only one of its hosts has it", () => {
    const hosts = ["10.%", "127.%"];
    const roster = withOptions(existing, "sl_sync", { hosts });
    const accounts = [sync({ host: "10.%", passwordChanged: 7 }), sync({ host: "127.%" })];
    const passwords = new Map(hosts.map(host => [`'sl_sync'@'${host}'`, { changed: 100 }]));
    const { problems } = assemble({ roster, observed: observedState(accounts), now: NOW, passwords });
    expect(problems).toEqual([expect.stringContaining("'sl_sync'@'127.%' logs in by the password")]);
  });

  it.each<[string, Partial<ObservedAccount>]>([
    ["that somebody set by hand", { passwordChanged: 101 }],
    ["of its IAM token", { plugin: "AWSAuthenticationPlugin", authenticationString: "RDS" }],
  ])("keeps a login %s since", (_, found) => {
    expect(plan(sync(found))).toMatchObject({ statements: [], problems: [] });
  });

  it("loses the password of before a rotation at its time, and no second one of its own", () => {
    const found = sync({ passwordChanged: 101, secondPassword: true });
    expect(sql(found, { oldUntil: at(-1) })).toEqual([DISCARD]);
    expect(sql(found, { oldUntil: at(1) })).toEqual([]);
    expect(sql(found)).toEqual([]);
  });

  it.each([
    ["its login has become its own", existing],
    ["only the new roster keeps its login", byPassword],
  ])("loses it in a scheduled run where %s", (_, applied) => {
    const { plan: runs, blocked } = planEnforcement({
      entry: { prefix: "sl", unmanaged: "report", definers: "block", drift: "report" },
      target: existing,
      applied,
      mayGive: true,
      plannedAt: NOW,
      observation: { observed: observedState([sync({ passwordChanged: 101, secondPassword: true })]) },
      now: NOW,
      previouslyDeclared: [],
      withdrawn: new Set(),
      passwords: passwordsOf({ oldUntil: at(-1) }),
      pending: new Set(),
      superseded: new Set(),
    });
    expect(runs.statements.map(one => one.sql)).toEqual([DISCARD]);
    expect(blocked).toEqual(new Map());
  });
});
