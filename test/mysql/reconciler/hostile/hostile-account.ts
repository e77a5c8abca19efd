import type { Connection } from "mysql2/promise";
import { beginLogin, type HalfOpenLogin } from "../../../support/half-open-login";
import type { EnforcementFixture } from "../enforce/enforcement-fixture";
import { Dice } from "./dice";
import { type Act, hostileActs, type Kind } from "./hostile-statements";

/** How often acts of a kind were tried, and how often one of their statements ran. */
export type Tally = Map<Kind, { tried: number; ran: number }>;

/** A statement that does not answer within this, in milliseconds, goes on while its account acts on. */
const PATIENCE_MS = 100;

/** An account that acts at random: its seed decides everything that it tries. */
export class HostileAccount {
  readonly user: string;
  /** What it did, with what the server said. */
  readonly log: string[] = [];
  readonly dice: Dice;
  readonly #fixture: EnforcementFixture;
  readonly #tally: Tally;
  readonly #acts: Iterator<Act>;
  #sessions: Connection[] = [];
  readonly #ended = new Set<Connection>();
  #logins: HalfOpenLogin[] = [];

  constructor(
    fixture: EnforcementFixture,
    tally: Tally,
    { seed, others }: { seed: number; others: string[] },
  ) {
    this.user = nameOf(seed);
    this.dice = new Dice(seed);
    this.#fixture = fixture;
    this.#tally = tally;
    this.#acts = hostileActs(this.user, this.dice, others);
  }

  async act(times = 1): Promise<void> {
    for (let i = 0; i < times; i++) await this.#actOnce(this.#acts.next().value as Act);
  }

  note(text: string): void {
    this.log.push(`-- ${text}`);
  }

  async #actOnce({ kind, statements }: Act): Promise<void> {
    const count = this.#tally.get(kind) ?? { tried: 0, ran: 0 };
    this.#tally.set(kind, count);
    count.tried++;
    if (kind === "login") {
      if (await this.#beginLogin()) count.ran++;
      return;
    }
    const session = await this.#session();
    if (!session) return;
    let ran = false;
    for (const sql of statements) ran = (await this.#run(session, sql)) || ran;
    if (ran) count.ran++;
  }

  /** A new session, since only that one has new global privileges, or an older one. */
  async #session(): Promise<Connection | undefined> {
    const open = this.#sessions.filter(session => !this.#ended.has(session));
    const isNew = this.dice.chance(0.4);
    if (open.length > 0 && !(isNew && open.length < 5)) return this.dice.pick(open);
    const session = await this.#fixture.session(this.user).catch(() => undefined);
    if (session) this.#enter(session);
    else this.log.push("-- cannot log in");
    return session;
  }

  #enter(session: Connection): void {
    this.#sessions.push(session);
    session.on("end", () => this.#ended.add(session));
  }

  async #run(session: Connection, sql: string): Promise<boolean> {
    const answer = session.query(sql).then(
      () => "done",
      (error: Error) => error.message,
    );
    const said = await within(PATIENCE_MS, answer, "waits");
    this.log.push(`${sql}; -- session ${session.threadId}: ${said}`);
    return said === "done" || said === "waits";
  }

  async #beginLogin(): Promise<boolean> {
    const login = await within(
      PATIENCE_MS,
      beginLogin(this.#fixture.server, this.user).catch(() => undefined),
      undefined,
    );
    this.log.push(`-- begins a login${login ? "" : ", which is refused"}`);
    if (login) this.#logins.push(login);
    return login !== undefined;
  }

  /** Sends the tokens of the logins that it began. */
  async finishLogins(): Promise<void> {
    const logins = this.#logins.splice(0);
    const sessions = await Promise.all(logins.map(login => login.finish().catch(() => undefined)));
    const late = sessions.filter(session => session !== undefined);
    if (logins.length > 0) this.note(`finishes ${logins.length} logins: ${late.length} are in`);
    for (const session of late) this.#enter(session);
  }

  /** The sessions that still answer. */
  async liveSessions(): Promise<number> {
    const answers = this.#sessions.map(session =>
      session.query("SELECT 1").then(
        () => true,
        () => false,
      ),
    );
    // A session in which a statement waits is one too.
    const live = await Promise.all(answers.map(answer => within(1_000, answer, true)));
    return live.filter(Boolean).length;
  }

  leave(): void {
    for (const session of this.#sessions) session.destroy();
    this.#sessions = [];
  }
}

/** How many hostile accounts share a server at once. Seeds of the same twenty are one round. */
export const ROUND = 20;
export const nameOf = (seed: number): string => `sl_h${seed % ROUND}`;

function within<T, U>(ms: number, work: Promise<T>, otherwise: U): Promise<T | U> {
  let timer: NodeJS.Timeout;
  const late = new Promise<U>(resolve => {
    timer = setTimeout(() => resolve(otherwise), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
