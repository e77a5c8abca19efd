import { secretName } from "../../core/contract/secret-name";
import { quoteAccount } from "../../core/mysql";
import type { Roster } from "../../core/roster/roster";
import { Dice } from "../mysql/reconciler/hostile/dice";
import { drawByHand, drawFormer, drawView, type MadeView, type Stranger } from "./by-hand";
import type { SoakCluster } from "./clusters";
import type { Cloud, Fault } from "./container";
import type { Declared } from "./declared";
import { type Counts, Functions } from "./functions";
import { HOUR } from "./people";
import { Shadow } from "./shadow";
import type { SoakServer } from "./soak-server";

const KINDS = ["kill", "kill", "kill", "cut", "cut", "store", "store", "restart"] as const;
/** The password before a rotation works for so long. */
export const OLD_PASSWORD_HOURS = 24;

/** A password that works no longer than until a moment, if nothing was done by hand to the account. */
export interface OldPassword {
  readonly account: string;
  readonly password: string;
  readonly until: number;
}

interface Today {
  readonly day: number;
  readonly dice: Dice;
}

/** Takes what goes on this day, or went before, out of the list. */
function due<T extends { readonly goesOn: number }>(list: T[], day: number): readonly T[] {
  const gone = list.filter(({ goesOn }) => goesOn <= day);
  list.splice(0, list.length, ...list.filter(({ goesOn }) => goesOn > day));
  return gone;
}

/** One cluster over the year. */
export class ClusterLife {
  readonly functions: Functions;
  readonly shadow: Shadow;
  /** Accounts made by hand, and the day on which somebody takes them away again. */
  readonly strangers: { readonly stranger: Stranger; readonly goesOn: number }[] = [];
  /** Views of accounts, and the day on which somebody drops them. Their accounts are locked, not dropped. */
  readonly views: { readonly view: MadeView; readonly goesOn: number }[] = [];
  oldPasswords: OldPassword[] = [];
  /** The hosts that accounts had, those of today too, by account. */
  readonly #hosts = new Map<string, Set<string>>();
  #roster = "";
  /** Whether somebody changed something by hand since the last plan. */
  #isChanged = false;
  readonly #cloud: Cloud;

  constructor(
    readonly cluster: SoakCluster,
    readonly servers: { readonly real: SoakServer; readonly shadow: SoakServer },
    { cloud, counts }: { cloud: Cloud; counts: Counts },
  ) {
    this.#cloud = cloud;
    this.shadow = new Shadow(cluster, servers, cloud.store);
    this.functions = new Functions(cloud, cluster, { server: servers.real, shadow: this.shadow, counts });
  }

  /** The same numbers for the same seed, day, and part of the day, whatever other clusters do. */
  dice(seed: number, day: number, part: number): Dice {
    return new Dice(((seed * 1_009 + day) * 31 + this.cluster.index) * 7 + part);
  }

  /** Whether, where and how a run is disturbed. */
  fault(dice: Dice, share: number): Fault | undefined {
    const at = 1 + dice.upTo(dice.chance(0.5) ? 25 : 70);
    const fault = { kind: dice.pick(KINDS), at, when: dice.pick(["before", "during", "after"] as const) };
    return dice.chance(share) ? fault : undefined;
  }

  /** What people do on the server without a plan. @returns what, for people to read */
  async byHand(existing: readonly Declared[], authors: Set<string>, { day, dice }: Today): Promise<string[]> {
    const done: string[] = [];
    for (const { account, hosts } of existing)
      this.#hosts.set(account, new Set([...(this.#hosts.get(account) ?? []), ...hosts]));
    for (const { stranger } of due(this.strangers, day))
      done.push(await this.#run(`DROP USER IF EXISTS ${quoteAccount(stranger)}`));
    for (const { view } of due(this.views, day)) {
      done.push(await this.#run(`DROP VIEW ${view.name}`));
      this.#isChanged = true;
    }
    const made = dice.chance(0.1) ? drawView(this.cluster, existing, { day, dice }) : undefined;
    if (made) {
      const { author, view } = made;
      const definer = quoteAccount({ user: view.account, host: view.host });
      done.push(await this.#run(`CREATE DEFINER = ${definer} VIEW ${view.name} AS SELECT 1 AS one`));
      this.views.push({ view, goesOn: day + 5 + dice.upTo(60) });
      authors.add(author.user.username);
    }
    if (!dice.chance(0.15)) return done;
    const others = existing.filter(({ user }) => !authors.has(user.username));
    const former = this.#atFormerHosts(others);
    const { statements, stranger } =
      former.length > 0 && dice.chance(0.15)
        ? drawFormer(this.cluster, former, dice)
        : drawByHand(this.cluster, others, dice, day);
    for (const sql of statements) done.push(await this.#run(sql));
    if (stranger) this.strangers.push({ stranger, goesOn: day + 1 + dice.upTo(10) });
    this.#isChanged = true;
    this.oldPasswords = [];
    return done;
  }

  /** Accounts of users that exist, at hosts that these have no more. */
  #atFormerHosts(existing: readonly Declared[]): Stranger[] {
    return existing.flatMap(({ account, hosts }) =>
      [...(this.#hosts.get(account) ?? [])]
        .filter(host => !hosts.includes(host))
        .map(host => ({ user: account, host })),
    );
  }

  async #run(sql: string): Promise<string> {
    const said = `${this.cluster.name}: by hand: ${sql}`;
    const refused = await this.servers.real.run(sql).catch((error: Error) => error);
    if (refused) return `${said} (${refused.message})`;
    await this.shadow.byHand(sql);
    return said;
  }

  /** A plan and an apply, if the files changed, somebody changed the server, or somebody deploys anyway. */
  async deploy(roster: Roster, dice: Dice): Promise<void> {
    const text = JSON.stringify(roster);
    const fault = this.fault(dice, 0.25);
    if (text === this.#roster && !this.#isChanged && !dice.chance(0.1)) return;
    const before = this.#roster === "" ? undefined : (JSON.parse(this.#roster) as Roster);
    await this.functions.deploy(roster, fault);
    this.#roster = text;
    this.#isChanged = false;
    // Terraform deletes the secret of an account that is not declared with a password any more.
    for (const account of Object.keys(before?.accounts ?? {}))
      if (before!.accounts[account]!.login === "password" && roster.accounts[account]?.login !== "password")
        this.#cloud.secrets.delete(this.secret(account));
  }

  secret(account: string): string {
    return secretName(`aurora-users/${this.cluster.name}`, account);
  }

  /** Secrets Manager rotates the password of a service. */
  async rotate(services: readonly Declared[], dice: Dice, token: string): Promise<string[]> {
    if (services.length === 0 || !dice.chance(0.2)) return [];
    const { account } = dice.pick(services);
    const before = await this.#cloud.secrets.current(this.secret(account));
    const fault = this.fault(dice, 0.4);
    const step = dice.upTo(4);
    await this.functions.rotate(account, token, fault && { ...fault, at: 1 + (fault.at % 20), step });
    const until = this.#cloud.now().getTime() + OLD_PASSWORD_HOURS * HOUR;
    // A second rotation within that time ends the password of before the first.
    this.oldPasswords = this.oldPasswords.filter(one => one.account !== account);
    if (before) this.oldPasswords.push({ account, password: before, until });
    return [`${this.cluster.name}: ${account} is rotated`];
  }
}
