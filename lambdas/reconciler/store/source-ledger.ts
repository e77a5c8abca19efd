import type { ParameterSource, RegistryEntry } from "../../../core/contract/registry-entry";
import type { KnownSource } from "../../../core/decisions/known-cluster";
import { canonicalJson } from "../../../core/json";
import { impersonal } from "../../../core/roster/impersonal";
import { accountNames, EMPTY_ROSTER, type Roster } from "../../../core/roster/roster";
import {
  changedAccounts,
  rosterWithout,
  withAccess,
  withinBounds,
  withinMailDomains,
} from "../../../core/source";
import { afterRun, type SettledAccounts, withOwn } from "./source-accounts";
import { SourceItems } from "./source-items";
import { EMPTY_SOURCE } from "./source-ledger-item";

/**
 * One source of a cluster. Its roster holds what registry and ceiling still allow of the last accepted
 * document.
 */
export interface SourceState extends KnownSource {
  /** The ledger's `target` when this was read: shows later whether another document was accepted since. */
  readonly target?: string | undefined;
}

/** What a run reached for the accounts of sources. */
export interface Reached {
  /** When the run decided: grants that had ended by then are not in force. @default all are in force */
  readonly at?: Date | undefined;
  /** Accounts that could not be processed: for them nothing changes. @default none */
  readonly unresolved?: ReadonlySet<string> | undefined;
  /** Whether an account exists after the run: one that had to go may be locked, not dropped. @default no */
  readonly exists?: ((account: string) => boolean) | undefined;
  /** Terraform's roster, if the run applied it. Only then is anything of a withdrawn source settled. */
  readonly reviewed?: Roster | undefined;
}

/** For each cluster: what was accepted from its sources, and what of that was put into force. */
export class SourceLedger extends SourceItems {
  /**
   * All sources of the registry entry, in its order, then the withdrawn ones, which declare no account any
   * more.
   * @throws LedgerError
   */
  async states(cluster: string, entry: RegistryEntry): Promise<readonly SourceState[]> {
    const items = await this.items(cluster);
    const states: SourceState[] = [];
    for (const source of entry.sources)
      states.push(await this.#state(cluster, source.name, items.get(source.name), { entry, source }));
    for (const [name, item] of items) {
      if (entry.sources.some(source => source.name === name)) continue;
      const state = await this.#state(cluster, name, item);
      if (state.formerly.length > 0 || state.target !== undefined) states.push(state);
    }
    return states;
  }

  /** @param registered absent for a source that the registry no longer names */
  async #state(
    cluster: string,
    name: string,
    item = EMPTY_SOURCE,
    registered?: { readonly entry: RegistryEntry; readonly source: ParameterSource },
  ): Promise<SourceState> {
    const { unproven } = item;
    const rosterOf = async (id: string | undefined) => {
      const found = await this.roster(cluster, id);
      return unproven ? impersonal(found) : withinMailDomains(found, registered?.source ?? {});
    };
    const target = await rosterOf(item.target);
    const applied = item.applied === item.target ? target : await rosterOf(item.applied);
    const roster = registered ? withinBounds(target, registered.source, registered.entry) : EMPTY_ROSTER;
    const { formerly, own } = await this.accounts(cluster, item);
    // A withdrawn source declares nothing, so all of its accounts have to go.
    const earlier = registered ? [...accountNames(target), ...accountNames(applied)] : Object.keys(own);
    const named = new Set([...formerly, ...earlier.filter(account => Object.hasOwn(own, account))]);
    return {
      name,
      roster,
      own,
      pending: changedAccounts(applied, roster),
      formerly: [...named].filter(account => !Object.hasOwn(roster.accounts, account)).sort(),
      effective: applied,
      withdrawn: registered === undefined,
      target: item.target,
      unproven,
    };
  }

  /**
   * Makes accounts the source's own before a run creates them: later runs do not change what exists and is
   * not its own. An account without a current grant is not created, so the moment says since when it had
   * access.
   * @param except accounts that the run leaves as they are
   */
  async claim(cluster: string, states: readonly SourceState[], except: ReadonlySet<string>, at: Date) {
    for (const { name, own, roster, unproven } of states) {
      // An unproven one gives nothing, so nothing is created for it.
      if (unproven) continue;
      const claimed = withAccess(roster, at).filter(account => !except.has(account));
      if (claimed.every(account => Object.hasOwn(own, account))) continue;
      await this.change(cluster, name, async item => {
        const accounts = withOwn(await this.accounts(cluster, item), claimed, at);
        return { ...item, ...(await this.writeAccounts(cluster, name, accounts)) };
      });
    }
  }

  /**
   * Records that the rosters of `states` are in force now: nothing is pending, and no earlier account
   * remains. A withdrawn source keeps only accounts that exist and that nobody else declares.
   */
  async settle(cluster: string, states: readonly SourceState[], reached: Reached = {}) {
    const { at, exists = () => false, reviewed = EMPTY_ROSTER, unresolved = new Set() } = reached;
    // An unproven source does not make accounts its own.
    const others = states.filter(({ unproven }) => !unproven).map(({ roster }) => roster);
    const isDeclared = (account: string) =>
      [reviewed, ...others].some(({ accounts }) => Object.hasOwn(accounts, account));
    for (const state of states) {
      const { formerly, withdrawn } = state;
      if (withdrawn && formerly.some(account => unresolved.has(account))) continue;
      const roster = unresolved.size === 0 ? state.roster : rosterWithout(unresolved, state);
      const gone = new Set(formerly.filter(account => !unresolved.has(account)));
      const stays = (account: string) => exists(account) && !(withdrawn && isDeclared(account));
      const inForce = at ? withAccess(roster, at) : accountNames(roster);
      await this.#settle(cluster, { ...state, roster }, { gone, inForce, stays });
    }
  }

  async #settle(cluster: string, state: SourceState, done: SettledAccounts): Promise<void> {
    const { name, roster, withdrawn, target } = state;
    const before = await this.item(cluster, name);
    if (before.revision === 0) return;
    // The next reading of the parameter proves the item again. Until then nothing of it is known.
    if (before.unproven && !withdrawn) return;
    if (withdrawn) {
      // A document that comes back after this is a new one.
      if (before.target === target) await this.#withdraw(cluster, name, done);
      return;
    }
    const isRoster = async (id: string) =>
      canonicalJson(await this.roster(cluster, id)) === canonicalJson(roster);
    const isEffective = before.applied !== undefined && (await isRoster(before.applied));
    const accounts = await this.accounts(cluster, before);
    if (isEffective && canonicalJson(afterRun(accounts, done)) === canonicalJson(accounts)) return;
    // A target that was replaced since may have been deleted.
    const reusable = target !== undefined && target === before.target && (await isRoster(target));
    const idOfRoster = async () => (reusable ? target : this.writeRoster(cluster, name, roster));
    const applied = isEffective ? before.applied : await idOfRoster();
    await this.change(cluster, name, async current => {
      const left = afterRun(await this.accounts(cluster, current), done);
      return { ...current, applied, ...(await this.writeAccounts(cluster, name, left)) };
    });
  }

  /** Forgets a source, except for accounts that had to go and stay: the next plans name them again. */
  #withdraw(cluster: string, name: string, done: SettledAccounts): Promise<void> {
    return this.change(cluster, name, async current => {
      const left = afterRun(await this.accounts(cluster, current), done);
      if (Object.keys(left.own).length === 0) return EMPTY_SOURCE;
      return { ...EMPTY_SOURCE, ...(await this.writeAccounts(cluster, name, left)) };
    });
  }
}
