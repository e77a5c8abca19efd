import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "mysql2/promise";
import type { Anchor } from "../../core/audit";
import type { RegistryEntry } from "../../core/contract/registry-entry";
import type { AccessEvent } from "../../core/events/events";
import type { Roster } from "../../core/roster/roster";
import { readUsers } from "../../reader";
import { Dice } from "../mysql/reconciler/hostile/dice";
import { registryEntry } from "../support/registry";
import { MemoryItemStore } from "../unit/reconciler/store/memory-item-store";
import {
  type All,
  accessProblems,
  accountProblems,
  chainProblems,
  drawToTry,
  formerProblems,
  oldPasswordProblems,
  sample,
  session,
} from "./checks";
import { CLUSTERS, ceilingOf } from "./clusters";
import type { Cloud } from "./container";
import { canLogIn, type Declared, declaredOn } from "./declared";
import { emptyWorld } from "./draw";
import type { Counts } from "./functions";
import { changeFolder, hire } from "./happenings";
import { ADDRESSES } from "./hosts";
import { MemorySecrets } from "./memory-secrets";
import { DAY, HOUR, type World } from "./people";
import { ClusterLife, OLD_PASSWORD_HOURS } from "./soak-cluster";
import { SoakServer } from "./soak-server";
import { filesOf } from "./user-files";

const FIRST_DAY = Date.parse("2027-01-01T00:00:00Z");
const LINES = ["9.7", "8.0"] as const;
/** How many accounts of the past log in each day. */
const FORMER = 6;
const SESSIONS = 4;

export interface SoakOptions {
  readonly days: number;
  readonly seed: number;
  readonly users: number;
  /** Gets what happens each day. */
  readonly say: (text: string) => void;
}

/** Some days of twelve clusters on two servers. */
export class Year {
  readonly counts: Counts = { runs: 0, faults: 0, failures: 0 };
  logins = 0;
  events = 0;
  byHand = 0;
  /** What happened on the day that runs. */
  story: string[] = [];
  readonly #options: SoakOptions;
  readonly #world: World;
  readonly #folder = mkdtempSync(join(tmpdir(), "soak-"));
  readonly #written = new Map<string, string>();
  readonly #entries = new Map<string, RegistryEntry>();
  readonly #anchors = new Map<string, Anchor[]>();
  #servers: SoakServer[] = [];
  lives: ClusterLife[] = [];
  #clock = { at: FIRST_DAY, since: performance.now() };
  #yesterday: All = new Map();
  readonly #cloud: Cloud = {
    store: new MemoryItemStore(),
    secrets: new MemorySecrets(),
    entries: this.#entries,
    bus: {
      put: async (events: readonly AccessEvent[]) => {
        this.events += events.length;
        return [];
      },
    },
    now: () => new Date(this.#clock.at + performance.now() - this.#clock.since),
  };

  constructor(options: SoakOptions) {
    this.#options = options;
    this.#world = emptyWorld(CLUSTERS);
  }

  /** How many accounts are declared at the end of the last day. */
  get accounts(): number {
    return [...this.#yesterday.values()].reduce((sum, { size }) => sum + size, 0);
  }

  get restarts(): number {
    return this.#servers.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  async start(): Promise<void> {
    const { clusters } = this.#world;
    // Each line has a second server, on which the audit trail runs again.
    this.#servers = await Promise.all(
      [...LINES, ...LINES].map(line =>
        SoakServer.start(
          line,
          clusters.filter(one => one.line === line),
        ),
      ),
    );
    this.lives = clusters.map(cluster => {
      const at = LINES.indexOf(cluster.line as (typeof LINES)[number]);
      const servers = { real: this.#servers[at]!, shadow: this.#servers[at + LINES.length]! };
      const { drift, name, prefix, unmanaged } = cluster;
      const own = { cluster: name, prefix, drift, unmanaged, ceiling: ceilingOf() };
      const secretPath = `aurora-users/${name}`;
      const passwords = { secretPath, oldPasswordHours: OLD_PASSWORD_HOURS };
      this.#entries.set(name, registryEntry(servers.real.server, { ...own, ...passwords }));
      return new ClusterLife(cluster, servers, { cloud: this.#cloud, counts: this.counts });
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map(server => server.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @throws Error if anything is not as declared at the end of the day */
  async day(day: number): Promise<void> {
    const { seed, users } = this.#options;
    const dice = new Dice(seed * 1_009 + day);
    this.story = [];
    const at = (hour: number) => this.#setClock(FIRST_DAY + day * DAY + hour * HOUR);
    at(0.1);
    await this.#everywhere((life, own) => life.functions.enforce(life.fault(own, 0.15)), day, 0);
    const now = at(8);
    if (day === 0) for (let n = 0; n < users; n++) hire(this.#world, dice, now);
    else this.story.push(...changeFolder(this.#world, dice, { now, users }));
    if (day > 0) await this.#byHand(now, day);
    at(9);
    await this.#deploy(dice, day);
    at(13);
    await this.#rotate(day);
    at(18);
    await this.#everywhere((life, own) => life.functions.enforce(life.fault(own, 0.15)), day, 4);
    await this.#check(at(20), dice, day);
  }

  #setClock(at: number): number {
    this.#clock = { at, since: performance.now() };
    return at;
  }

  /** Does the work on all clusters at once, each with its own numbers. */
  async #everywhere(
    work: (life: ClusterLife, dice: Dice) => Promise<void>,
    day: number,
    part: number,
  ): Promise<void> {
    const { seed } = this.#options;
    await Promise.all(this.lives.map(life => work(life, life.dice(seed, day, part))));
  }

  /** One cluster after the other: who made a view on one of them is left in peace on all. */
  async #byHand(now: number, day: number): Promise<void> {
    for (const life of this.lives) {
      const dice = life.dice(this.#options.seed, day, 1);
      const existing = this.#declared(life, now, this.#yesterday.get(life));
      const done = await life.byHand(existing, this.#world.authors, { day, dice });
      this.byHand += done.length;
      this.story.push(...done);
    }
  }

  /** Accounts that exist now at the hosts that the folder declares. */
  #declared(life: ClusterLife, now: number, before: ReadonlyMap<string, Declared> = new Map()): Declared[] {
    return [...declaredOn(this.#world, life.cluster, now).values()].filter(
      ({ account, hosts }) => before.get(account)?.hosts.join() === hosts.join(),
    );
  }

  /** The folder is read, and each cluster gets its roster. Sessions of accounts that go end. */
  async #deploy(dice: Dice, day: number): Promise<void> {
    const rosters = this.#read();
    const now = this.#cloud.now().getTime();
    const leaving = this.lives.flatMap(life => {
      const after = declaredOn(this.#world, life.cluster, now);
      const goes = ({ account, hosts }: Declared) => {
        const one = after.get(account);
        return !one || one.isSuspended || hosts.some(host => !one.hosts.includes(host));
      };
      return [...(this.#yesterday.get(life)?.values() ?? [])]
        .filter(one => canLogIn(one) && goes(one))
        .map(one => ({ life, one }));
    });
    const open: { connection: Connection; account: string }[] = [];
    for (const { life, one } of sample(leaving, SESSIONS, dice)) {
      const connection = await session(life, one, this.#cloud);
      if (connection) open.push({ connection, account: one.account });
    }
    await this.#everywhere((life, own) => life.deploy(rosters[life.cluster.name]!, own), day, 2);
    for (const { account, connection } of open) {
      const isOpen = await connection.query("DO 1").then(
        () => true,
        () => false,
      );
      connection.destroy();
      if (isOpen) throw new Error(`a session of ${account} goes on, and the account has no access any more`);
    }
  }

  /** The rosters of the folder, by the package's own reader. */
  #read(): Readonly<Record<string, Roster>> {
    const files = filesOf(this.#world);
    for (const name of [...this.#written.keys()].filter(one => !files.has(one))) {
      rmSync(join(this.#folder, name));
      this.#written.delete(name);
    }
    for (const [name, text] of files) {
      if (this.#written.get(name) === text) continue;
      writeFileSync(join(this.#folder, name), text);
      this.#written.set(name, text);
    }
    const clusters = Object.fromEntries(
      this.#world.clusters.map(({ name, prefix }) => [name, { prefix, ceiling: ceilingOf() }]),
    );
    return readUsers(this.#folder).assemble({ clusters, now: this.#cloud.now() }).rosters;
  }

  async #rotate(day: number): Promise<void> {
    const now = this.#cloud.now().getTime();
    await this.#everywhere(
      async (life, dice) => {
        const services = [...declaredOn(this.#world, life.cluster, now).values()].filter(
          ({ isSuspended, user }) => user.login === "password" && !user.tls && !isSuspended,
        );
        const number = String(day * 100 + life.cluster.index).padStart(12, "0");
        this.story.push(...(await life.rotate(services, dice, `00000000-0000-4000-9000-${number}`)));
      },
      day,
      3,
    );
  }

  async #check(now: number, dice: Dice, day: number): Promise<void> {
    const today: All = new Map(this.lives.map(life => [life, declaredOn(this.#world, life.cluster, now)]));
    for (const server of this.#servers) await server.run("FLUSH USER_RESOURCES");
    const problems = await Promise.all(
      this.lives.map(async life => {
        const own = life.dice(this.#options.seed, day, 5);
        return [
          ...(await accountProblems(life, today.get(life)!)),
          ...(await life.shadow.differences()).map(
            found => `${life.cluster.name}: the audit trail does not say why: ${found}`,
          ),
          ...(await oldPasswordProblems(life, today.get(life)!, now)),
          ...(await this.#former(life, own)),
          ...(day % 7 === 6 || day === this.#options.days - 1 ? await this.#chain(life) : []),
        ];
      }),
    );
    const toTry = drawToTry(today, this.#yesterday, dice);
    const tried = await Promise.all(toTry.map(one => accessProblems(one, this.#cloud)));
    this.logins += toTry.reduce((sum, { addresses }) => sum + addresses.length, 0);
    this.#yesterday = today;
    const all = [...problems.flat(), ...tried.flat()];
    if (all.length > 0) throw new Error(`at the end of the day:\n  ${all.join("\n  ")}`);
  }

  #chain(life: ClusterLife): Promise<string[]> {
    const anchors = this.#anchors.get(life.cluster.name) ?? [];
    this.#anchors.set(life.cluster.name, anchors);
    return chainProblems(life, this.#cloud, anchors);
  }

  async #former(life: ClusterLife, dice: Dice): Promise<string[]> {
    const { former } = this.#world;
    const newest = former.slice(-FORMER);
    const drawn = sample([...new Set([...newest, ...sample(former, FORMER, dice)])], 2, dice);
    this.logins += drawn.length * ADDRESSES.length;
    return (await Promise.all(drawn.map(account => formerProblems(life, account)))).flat();
  }
}
