import type { Dice } from "./dice";

/** The databases of the fuzz. Both are managed. */
export const DATABASES = ["orders", "payroll"] as const;
/** Accounts without the prefix. The first one reaches `orders`. */
export const STRANGERS = ["shopapp", "partner", "app_role"] as const;
/** People who do nothing wrong. */
export const COLLEAGUES = ["sl_ann", "sl_ben", "sl_cid"] as const;

/** What an account does once: one or more statements in one session. */
export interface Act {
  readonly kind: Kind;
  readonly statements: readonly string[];
}

const name = (user: string) => `'${user}'@'%'`;

/** Makes up what one account could try. The same dice give the same acts. */
class Author {
  readonly me: string;

  constructor(
    readonly user: string,
    readonly dice: Dice,
    readonly others: readonly string[],
  ) {
    this.me = name(user);
  }

  get database() {
    return this.dice.pick(DATABASES);
  }

  /** Who gets or loses something: itself, other hostile accounts, people, applications, the administrator. */
  get target(): string {
    const { dice, me, others } = this;
    const user = dice.pick([...COLLEAGUES, ...STRANGERS, "admin", dice.pick(others)]);
    return dice.chance(0.25) ? me : name(user);
  }

  /** One of few names in one database, so that later acts find what earlier ones made. */
  object(database: string, letter: string): string {
    return `${database}.\`${this.user.slice(3)}_${letter}${this.dice.pick(["1", "2", "ñ"])}\``;
  }

  get privileges(): string {
    const list = ["SELECT", "INSERT", "UPDATE", "DELETE", "EXECUTE", "EVENT", "TRIGGER", "CREATE VIEW"];
    return this.dice.chance(0.5)
      ? "SELECT"
      : [...new Set([this.dice.pick(list), this.dice.pick(list)])].join(", ");
  }

  get option(): string {
    return this.dice.chance(0.4) ? " WITH GRANT OPTION" : "";
  }

  /** Rows of a database's secret, marked with who copies them and where its object is. */
  secret(from: string, place: string): string {
    return `SELECT a, '${this.user} ${place}' AS tag FROM ${from}.secret`;
  }

  copy(place: string): string {
    return `INSERT INTO ${this.database}.copy ${this.secret(this.database, place)}`;
  }
}

/** By kind: the statements that an account may try. Many of them lack a privilege, as they should. */
const KINDS = {
  grant: a => {
    const { database } = a;
    const on = [`${database}.*`, `${database}.*`, `${database}.t`, `PROCEDURE ${database}.p`, "*.*"];
    const place = a.dice.pick(on);
    const what = place.startsWith("PROC") ? "EXECUTE" : place.endsWith(".t") ? "SELECT (a)" : a.privileges;
    return [`GRANT ${what} ON ${place} TO ${a.target}${a.option}`];
  },
  revoke: a =>
    a.dice.pick([
      [`REVOKE ${a.privileges} ON ${a.database}.* FROM ${a.target}`],
      [`REVOKE GRANT OPTION ON *.* FROM ${a.me}`],
      [`REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${a.target}`],
    ]),
  proxy: a =>
    a.dice.pick([
      [`GRANT PROXY ON ${a.me} TO ${a.me} WITH GRANT OPTION`],
      [`GRANT PROXY ON ${a.me} TO ${a.me} WITH GRANT OPTION`],
      [`GRANT PROXY ON ${a.me} TO ${a.target}${a.option}`],
      [`REVOKE PROXY ON ${a.me} FROM ${a.target}`],
    ]),
  role: a =>
    a.dice.pick([
      [`GRANT ${a.me} TO ${a.target}`],
      [`GRANT app_role TO ${a.target}`],
      [`REVOKE app_role FROM ${a.target}`],
      [`SET DEFAULT ROLE ALL TO ${a.me}`],
      ["SET ROLE ALL"],
      [`CREATE ROLE ${a.user.slice(3)}_role`],
    ]),
  view: a => {
    const { database: d } = a;
    const security = a.dice.pick(["", "", "SQL SECURITY INVOKER "]);
    const view = a.object(d, "v");
    return a.dice.pick([
      [`CREATE ${security}VIEW ${view} AS ${a.secret(a.database, d)}`],
      [`CREATE OR REPLACE ${security}VIEW ${view} AS ${a.secret(a.database, d)}`],
      [`ALTER ${security}VIEW ${view} AS ${a.secret(a.database, d)}`],
      [`DROP VIEW ${view}`],
    ]);
  },
  routine: a => {
    const { database: d } = a;
    const [procedure, fn] = [a.object(d, "p"), a.object(d, "f")];
    const returns = `(SELECT MAX(a) FROM ${a.database}.secret)`;
    const grant = `GRANT ${a.privileges} ON ${a.database}.* TO ${a.target}`;
    return a.dice.pick([
      [`CREATE PROCEDURE ${procedure}() ${a.secret(a.database, d)}`],
      [`CREATE PROCEDURE ${procedure}() ${a.copy(d)}`],
      [`CREATE PROCEDURE ${procedure}() ${grant}`, `CALL ${procedure}()`],
      [`CREATE FUNCTION ${fn}() RETURNS BIGINT READS SQL DATA RETURN ${returns}`],
      [`CALL ${procedure}()`],
      [`ALTER PROCEDURE ${d}.p SQL SECURITY DEFINER`],
      [`DROP PROCEDURE ${procedure}`],
      [`DROP FUNCTION ${fn}`],
    ]);
  },
  trigger: a => {
    const { database: d } = a;
    const trigger = a.object(d, "t");
    return a.dice.pick([
      [`CREATE TRIGGER ${trigger} AFTER INSERT ON ${d}.t FOR EACH ROW ${a.copy(d)}`],
      [`CREATE TRIGGER ${trigger} BEFORE DELETE ON ${d}.t FOR EACH ROW ${a.copy(d)}`],
      [`DROP TRIGGER ${trigger}`],
    ]);
  },
  event: a => {
    const { database: d } = a;
    const event = a.object(d, "e");
    const regrant = `GRANT ${a.privileges} ON ${a.database}.* TO ${a.target}`;
    const body = a.dice.pick([a.copy(`${d} event`), a.copy(`${d} event`), regrant, "DO SLEEP(100)"]);
    return a.dice.pick([
      [`CREATE EVENT ${event} ON SCHEDULE EVERY 1 SECOND DO ${body}`],
      [`CREATE EVENT IF NOT EXISTS ${event} ON SCHEDULE EVERY 1 SECOND DO ${body}`],
      [`CREATE EVENT ${event} ON SCHEDULE EVERY 1 SECOND ON COMPLETION PRESERVE DO ${body}`],
      [`CREATE EVENT ${event} ON SCHEDULE AT NOW() + INTERVAL 2 SECOND ON COMPLETION PRESERVE DO ${body}`],
      [`ALTER EVENT ${event} ENABLE`],
      [`ALTER EVENT ${event} DISABLE`],
      [`ALTER EVENT ${event} ON SCHEDULE EVERY 1 SECOND DO ${body}`],
      [`ALTER EVENT ${event} RENAME TO ${a.object(a.database, "e")}`],
      [`DROP EVENT ${event}`],
    ]);
  },
  lock: a => {
    const lock = a.dice.pick(["aurora-users/orders", "mine"]);
    return a.dice.pick([
      [`SELECT GET_LOCK('${lock}', 0)`],
      [`SELECT GET_LOCK('${lock}', 600)`],
      [`SELECT RELEASE_LOCK('${lock}')`],
      ["SELECT SLEEP(600)"],
      [`LOCK TABLES ${a.database}.t WRITE`],
    ]);
  },
  xa: a => {
    const id = `'${a.user} ${a.dice.upTo(3)}'`;
    const work = a.dice.pick([a.copy("session"), `SELECT * FROM ${a.database}.t`]);
    const begin = [`XA START ${id}`, work, `XA END ${id}`, `XA PREPARE ${id}`];
    return a.dice.pick([begin, begin.slice(0, 2), [...begin, `XA COMMIT ${id}`], [`XA COMMIT ${id}`]]);
  },
  transaction: a =>
    a.dice.pick([
      ["START TRANSACTION", `SELECT * FROM ${a.database}.t`],
      ["START TRANSACTION", a.copy("session")],
      ["START TRANSACTION", `SELECT * FROM ${a.database}.t FOR UPDATE`],
      [`DELETE FROM ${a.database}.t`],
      ["COMMIT"],
    ]),
  table: a => {
    const table = a.object(a.database, "x");
    return a.dice.pick([
      [`CREATE TABLE ${table} AS ${a.secret(a.database, "session")}`],
      [`CREATE TABLE ${table} AS SELECT SLEEP(100) AS a`],
      [`ALTER DATABASE ${a.database} CHARACTER SET utf8mb4`],
      [`ALTER TABLE ${table} ADD COLUMN b INT`],
      [`DROP TABLE ${table}`],
    ]);
  },
  // Not a password of its own: what the plugin of RDS makes of it is not known.
  account: a =>
    a.dice.pick([
      ["KILL CONNECTION_ID()"],
      [`ALTER USER ${a.target} ACCOUNT UNLOCK`],
      [`CREATE USER ${a.user.slice(3)}_new`],
      [`RENAME USER ${a.me} TO ${a.user.slice(3)}_new`],
      [`KILL ${a.dice.upTo(200)}`],
    ]),
  login: () => [],
} satisfies Record<string, (author: Author) => string[]>;

/** `login` is a login that begins now and finishes later. */
export type Kind = keyof typeof KINDS;
export const EVERY_KIND = Object.keys(KINDS) as readonly Kind[];
/** What brings an account further is tried more often. */
const WEIGHTED: readonly Kind[] = [...EVERY_KIND, "proxy", "proxy", "grant", "event", "routine", "view"];

/** What an account tries, without end. */
export function* hostileActs(user: string, dice: Dice, others: readonly string[]): Generator<Act, never> {
  const author = new Author(user, dice, others);
  for (;;) {
    const kind = dice.pick(WEIGHTED);
    yield { kind, statements: KINDS[kind](author) };
  }
}
