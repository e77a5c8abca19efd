import { DATABASE_PRIVILEGES, type DatabasePrivilege } from "../../../../core/catalogue/mysql-privileges";
import { EMPTY_ROSTER, type Roster } from "../../../../core/roster/roster";
import { Problems } from "../../../../core/users/problem";
import { resolveRoles } from "../../../../core/users/resolve-roles";
import type { Services } from "../../../../lambdas/reconciler/services/services";
import { PASSWORD, rows } from "../../../support/mysql-login";
import { prepareDatabases } from "../../../support/try-privileges";
import { type EnforcementFixture, HOUR } from "../enforce/enforcement-fixture";
import { interceptQueries } from "../intercept-queries";
import { AUDIT, LEDGER } from "../tables";
import { Dice } from "./dice";
import { type Grants, grantsOfStrangers } from "./fuzz-strangers";
import { HostileAccount, nameOf, ROUND, type Tally } from "./hostile-account";
import { DATABASES } from "./hostile-statements";
import { restoreAdministrator } from "./restore-administrator";

/** The shipped roles, and one that may write code and little else. */
const ROLES: Readonly<Record<string, readonly DatabasePrivilege[]>> = {
  ...Object.fromEntries(resolveRoles(undefined, new Problems())!),
  coder: ["SELECT", "INSERT", "EVENT", "TRIGGER", "CREATE ROUTINE", "CREATE VIEW", "EXECUTE"],
};
const BY_SEED = ["read", "write", "read_write", "admin", "trusted_admin", "coder"] as const;
const NAMES = Array.from({ length: ROUND }, (_, index) => nameOf(index));

/** Some hostile accounts from before their first plan until after their date, on one server. */
export class FuzzRound {
  readonly hostile: readonly HostileAccount[];
  /** What a person reads of the plans: summaries and notes. */
  readonly plans: string[] = [];
  /** Runs that ended with an error while hostile accounts acted. */
  readonly failures: string[] = [];
  /** What is not as it must be. */
  readonly problems: string[] = [];
  /** When the hostile accounts' access ends. */
  readonly ends: string;
  /** What accounts without the prefix held before. */
  strangersBefore: Grants = new Map();
  /** Whether its runs repair drift. */
  readonly isRepairing: boolean;
  readonly #dice: Dice;

  constructor(
    readonly fixture: EnforcementFixture,
    tally: Tally,
    readonly seeds: readonly number[],
  ) {
    this.hostile = seeds.map(seed => new HostileAccount(fixture, tally, { seed, others: NAMES }));
    this.#dice = new Dice(seeds[0]! + 1_000_003);
    this.isRepairing = Math.floor(seeds[0]! / ROUND) % 2 === 1;
    this.ends = fixture.at(HOUR);
  }

  /** The reviewed roster. Ann, Ben and later Cid keep what it gives them. */
  roster({ withCid }: { withCid: boolean }): Roster {
    const account = (user: string, databases: Roster["accounts"][string]["databases"]) =>
      [`sl_${user}`, { kind: "person" as const, user, databases }] as const;
    const hostile = this.seeds.map(seed => {
      const dice = new Dice(seed + 500_009);
      const grant = (role: string) => ({ role, expires: this.ends });
      const payroll = dice.pick(["", "read", "read", "write", "admin", "trusted_admin"]);
      const orders = grant(BY_SEED[seed % BY_SEED.length]!);
      const both = { orders, payroll: grant(payroll) };
      return account(nameOf(seed).slice(3), payroll === "" ? { orders } : both);
    });
    const people = [
      account("ann", { orders: { role: "read" } }),
      account("ben", { orders: { role: "read_write" }, payroll: { role: "read" } }),
      account("cid", { payroll: { role: "write" } }),
    ].slice(0, withCid ? 3 : 2);
    return { roles: ROLES, accounts: Object.fromEntries([...people, ...hostile]) };
  }

  async sql(...statements: readonly string[]): Promise<void> {
    for (const sql of statements) await this.fixture.root.query(sql);
  }

  /** A fresh cluster with fresh databases, and the roster applied. */
  async begin(): Promise<void> {
    const { fixture } = this;
    await this.sql("SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1");
    const open = "SELECT ID FROM performance_schema.processlist WHERE USER LIKE 'sl\\_%'";
    for (const { ID } of await rows(fixture.root, open)) await this.sql(`KILL ${ID}`).catch(() => {});
    await this.rollBackPrepared();
    await restoreAdministrator(fixture.root);
    for (const database of DATABASES) await this.sql(`DROP DATABASE IF EXISTS ${database}`);
    await prepareDatabases(fixture.root, DATABASES);
    for (const database of DATABASES)
      await this.sql(
        `CREATE TABLE ${database}.secret (a BIGINT)`,
        `INSERT INTO ${database}.secret VALUES (0)`,
        `CREATE TABLE ${database}.copy (a BIGINT, tag VARCHAR(64))`,
      );
    await this.sql(
      `DROP USER IF EXISTS ${(await this.#leftovers()).join(", ")}`,
      `CREATE USER shopapp IDENTIFIED BY '${PASSWORD}', partner IDENTIFIED BY '${PASSWORD}'`,
      "CREATE ROLE app_role",
      "GRANT SELECT ON orders.* TO shopapp, app_role",
    );
    const drift = this.isRepairing ? "repair" : "report";
    await fixture.register("orders", { drift, ceiling: { privileges: DATABASE_PRIVILEGES } });
    // The emulator copies all tables for each item of the audit trail, so these must not grow.
    for (const table of [LEDGER, AUDIT]) await fixture.forget("orders", table);
    await fixture.planAndApply("orders", EMPTY_ROSTER);
    await fixture.planAndApply("orders", this.roster({ withCid: false }));
    await fixture.enforce();
    fixture.forgetEvents();
    this.strangersBefore = await grantsOfStrangers(fixture);
    for (const one of this.hostile)
      if (one.dice.chance(0.2)) {
        await this.sql(`GRANT app_role TO ${one.user} WITH ADMIN OPTION`);
        one.note("a person gives it app_role WITH ADMIN OPTION");
      }
  }

  /** Ends what they prepared by XA: it outlives their sessions, which is a limit that the documents name. */
  async rollBackPrepared(): Promise<void> {
    for (const { data } of await rows(this.fixture.root, "XA RECOVER"))
      await this.sql(`XA ROLLBACK '${data}'`);
  }

  /** Accounts of an earlier round, and those that might have been made in it. */
  async #leftovers(): Promise<string[]> {
    const own = "User LIKE 'sl\\_%' OR User REGEXP '^h[0-9]+_' OR User IN ('shopapp', 'partner', 'app_role')";
    const found = await rows(this.fixture.root, `SELECT User, Host FROM mysql.user WHERE ${own}`);
    return ["nobody", ...found.map(({ User, Host }) => `'${User}'@'${Host}'`)];
  }

  /** Acts before the plan, between plan and apply, and during and after the apply. */
  async beforeTheDate(): Promise<void> {
    await this.#everybody(3);
    const roster = this.roster({ withCid: true });
    const plan = await this.plan();
    await this.#everybody(2);
    this.#note("apply");
    await this.#during(() => this.fixture.apply("orders", roster, plan));
    await this.#everybody(2);
    this.#note("enforcement");
    await this.#during(() => this.fixture.enforce());
  }

  /** A preview of the roster with Cid. */
  async plan() {
    const plan = await this.fixture.preview("orders", this.roster({ withCid: true }));
    this.plans.push(plan.summary, ...plan.body.notes);
    const again = plan.sql.filter(sql => /^DROP USER .*'sl_(ann|ben)'/.test(sql));
    for (const sql of again) this.problems.push(`a person's account is made again: ${sql}`);
    return plan;
  }

  /** The date passes: one run with them acting, one after their late logins. */
  async theDate(): Promise<void> {
    const { fixture } = this;
    await this.#everybody(2);
    fixture.pass(HOUR);
    this.#note("the date has passed: enforcement");
    await this.#during(() => fixture.enforce());
    for (const one of this.hostile) await one.finishLogins();
    await this.#everybody(2);
    fixture.pass(60_000);
    await fixture.enforce().catch(async (error: Error) => {
      // It cannot give what they took from the administrator. What had to go is gone in any case.
      if (await restoreAdministrator(fixture.root)) this.failures.push(error.message);
      else this.problems.push(`the run after the late logins fails: ${error.message}`);
    });
  }

  async #everybody(times: number): Promise<void> {
    await Promise.all(this.hostile.map(one => one.act(times)));
  }

  #note(text: string): void {
    for (const one of this.hostile) one.note(text);
  }

  /** Does `work` while hostile accounts act between its statements. Acts of theirs may make it fail. */
  async #during(work: () => Promise<unknown>): Promise<void> {
    const { services } = this.fixture;
    const act = async () => {
      const one = this.#dice.pick(this.hostile);
      if (this.#dice.chance(0.2)) await one.act();
      else if (this.#dice.chance(0.05)) await one.finishLogins();
    };
    this.fixture.services = impatient(interceptQueries(services, (_sql, run) => act().then(run)));
    await work()
      .catch((error: Error) => this.failures.push(error.message))
      .finally(() => {
        this.fixture.services = services;
      });
  }
}

/** Services whose statements wait 2 s for a lock, and not 30 s, to save time. */
const impatient = (services: Services): Services => ({
  ...services,
  connect: async (...asked) => {
    const session = await services.connect(...asked);
    const query = (sql: string) => session.query(sql.replace(/(lock_wait_timeout) = 30/g, "$1 = 2"));
    return Object.assign(Object.create(session), { query });
  },
});
