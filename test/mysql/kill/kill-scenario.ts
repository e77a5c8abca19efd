import { privilegesOf } from "../../../core/roster/roster";
import { asRoot, column, iamToken, logIn, PASSWORD } from "../../support/mysql-login";
import { prepareDatabases, tryPrivileges } from "../../support/try-privileges";
import { NOBODY, type Preview, ReconcilerFixture } from "../reconciler/reconciler-fixture";
import { old, ROSTER, statementCount, USERS } from "./change-set";

const DATABASES = ["app_prod", "appXprod", "orders"];

type Access = ReadonlyMap<string, readonly string[]>;

/**
 * A cluster that is brought back to the same beginning again and again, and what its accounts can really do.
 */
export class KillScenario {
  #before!: Access;
  #after!: Access;
  #reached!: string;
  readonly #partialRevokes: boolean;

  private constructor(
    readonly fixture: ReconcilerFixture,
    partialRevokes: boolean,
  ) {
    this.#partialRevokes = partialRevokes;
  }

  /** Applies once without a failure, so that the old and the new state are known. */
  static async start(partialRevokes: boolean): Promise<KillScenario> {
    const fixture = await ReconcilerFixture.start({ partialRevokes });
    const scenario = new KillScenario(fixture, partialRevokes);
    try {
      await prepareDatabases(fixture.root, DATABASES);
      await fixture.root.query("CREATE ROLE app_role");
      await fixture.root.query("GRANT SELECT, DELETE ON orders.* TO app_role");
      await fixture.register("orders", { unmanaged: "remove" });
      await fixture.planAndApply("orders", NOBODY);
      const plan = await scenario.begin();
      scenario.#before = await scenario.#access();
      await fixture.apply("orders", ROSTER, plan);
      scenario.#after = await scenario.#access();
      scenario.#reached = await scenario.#describe();
      for (const user of USERS) expect([user, scenario.#after.get(user)]).toEqual([user, declared(user)]);
      return scenario;
    } catch (error) {
      await fixture.stop();
      throw error;
    }
  }

  stop(): Promise<void> {
    return this.fixture.stop();
  }

  /** Restores the old state, and plans the roster. */
  async begin(): Promise<Preview> {
    const accounts = await this.#accounts();
    if (accounts.length > 0) await this.fixture.root.query(`DROP USER ${accounts.join(", ")}`);
    for (const sql of old(this.#partialRevokes)) await this.fixture.root.query(sql);
    const plan = await this.fixture.preview("orders", ROSTER);
    expect(plan.sql).toHaveLength(statementCount(this.#partialRevokes));
    return plan;
  }

  /** The server again, as after a failed machine. */
  async restart(): Promise<void> {
    this.fixture.root.destroy();
    await this.fixture.server.restart();
    this.fixture.root = await asRoot(this.fixture.server);
    this.fixture.root.on("error", () => {});
  }

  /** No account has access that neither state gives, and none lacks access that both give. */
  async expectBounds(): Promise<void> {
    const now = await this.#access();
    for (const user of USERS) {
      const [before, after, has] = [this.#before.get(user)!, this.#after.get(user)!, now.get(user)!];
      const tooMuch = has.filter(one => !before.includes(one) && !after.includes(one));
      const lost = before.filter(one => after.includes(one) && !has.includes(one));
      expect({ user, tooMuch, lost }).toEqual({ user, tooMuch: [], lost: [] });
    }
  }

  /** Plans and applies again, which reaches the roster. @returns how many statements remained */
  async finish(): Promise<number> {
    const { sql } = await this.fixture.planAndApply("orders", ROSTER);
    expect(await this.fixture.preview("orders", ROSTER)).toMatchObject({ pending: 0, verified: true });
    expect(await this.#describe()).toBe(this.#reached);
    return sql.length;
  }

  /** All accounts with the prefix, quoted. */
  #accounts(): Promise<string[]> {
    const select =
      "SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.user WHERE LEFT(User, 3) = 'sl_' ORDER BY 1";
    return column(this.fixture.root, select);
  }

  async #access(): Promise<Access> {
    const { server } = this.fixture;
    const of = async (user: string): Promise<readonly [string, readonly string[]]> => {
      for (const secret of [await iamToken(server, user), PASSWORD]) {
        const connection = await logIn(server, user, secret).catch(() => undefined);
        if (!connection) continue;
        const held = await tryPrivileges(connection, DATABASES);
        connection.destroy();
        return [user, held];
      }
      return [user, []];
    };
    return new Map(await Promise.all(USERS.map(of)));
  }

  /** All accounts with the prefix: how they log in, what they were granted. */
  async #describe(): Promise<string> {
    const { root } = this.fixture;
    const accounts = await this.#accounts();
    const texts: string[] = [];
    for (const account of accounts)
      texts.push(
        ...(await column(root, `SHOW CREATE USER ${account}`)),
        ...(await column(root, `SHOW GRANTS FOR ${account}`)),
      );
    return texts.join("\n");
  }
}

const declared = (user: string): string[] =>
  DATABASES.flatMap(database => {
    const grant = ROSTER.accounts[user]?.databases[database];
    return grant ? privilegesOf(ROSTER, grant).map(privilege => `${database} ${privilege}`) : [];
  });
