import { lowerName } from "../../../core/catalogue/lower-case";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { everDeclared } from "../../../core/decisions/rosters-in-effect";
import { accountNamesOf, isAccountOf, samePerson } from "../../../core/roster/offboarded";
import type { Roster } from "../../../core/roster/roster";
import { nearest } from "../../../core/users/nearest";
import { TooManyItemsError } from "../../runtime/item-store";
import { LedgerError } from "../runtime/errors";
import { asRunOf, type Call } from "../services/services";

/** A cluster, and the accounts of a person that the ledger knows there. */
export interface PersonsAccounts {
  readonly cluster: string;
  readonly accounts: readonly string[];
  /** Whether the ledger could not be read, so that the person may have others. */
  readonly isUnknown: boolean;
  /** Whether the cluster has no registry entry any more, so that no run reaches it. */
  readonly isGone?: true;
}

/** How many clusters of the ledger are read at once. */
const AT_ONCE = 10;

/** Where a person has accounts, or had, as far as the ledger knows. @throws RegistryError, LedgerError */
export async function accountsOfPerson(person: string, call: Call): Promise<readonly PersonsAccounts[]> {
  const { services } = call;
  const entries = await services.registry.entries();
  const found: PersonsAccounts[] = await unusableClusters(entries, services);
  for (let first = 0; first < entries.length; first += AT_ONCE) {
    const some = entries.slice(first, first + AT_ONCE);
    found.push(...(await Promise.all(some.map(entry => accountsOn(entry, person, call)))));
  }
  return found;
}

/**
 * The person that a name without accounts may mean: the one whose account has it, or one of a like name.
 * @throws RegistryError
 */
export async function nearestPerson(given: string, call: Call): Promise<string | undefined> {
  const known = new Set<string>();
  for (const { cluster } of await call.services.registry.entries()) {
    const run = await asRunOf(cluster, call).catch(() => undefined);
    const state = await run?.services.ledger.state(cluster).catch(() => undefined);
    for (const version of [state?.target, state?.applied])
      for (const [name, { kind, user }] of Object.entries(version?.roster.accounts ?? {})) {
        if (samePerson(name, given)) return user;
        if (kind !== "service") known.add(user);
      }
  }
  return nearest(given, [...known].sort());
}

/** Clusters whose registry entry cannot be used, or is gone: a person may have accounts on them. */
async function unusableClusters(
  entries: readonly RegistryEntry[],
  { ledger, log, registry }: Call["services"],
): Promise<PersonsAccounts[]> {
  const usable = new Set(entries.map(({ cluster }) => cluster));
  const listed = await ledger.clusters().catch((error: unknown) => {
    // Another account's reconciler can make the list that long. It must not keep a person's access.
    if (!(error instanceof LedgerError && error.cause instanceof TooManyItemsError)) throw error;
    log.error("ledger not read", { cluster: "all clusters", reason: error.message });
    return [];
  });
  const others = listed.filter(
    // One whose name another cluster took has the resource id in its name, and no entry. Those of other
    // reconcilers that use the ledger have their entries elsewhere.
    ({ cluster, reconciler, released }) =>
      reconciler === ledger.reconciler &&
      !usable.has(cluster) &&
      released === undefined &&
      !cluster.includes("@"),
  );
  const found: PersonsAccounts[] = [];
  for (const { cluster } of others)
    found.push({
      cluster,
      accounts: [],
      isUnknown: true,
      ...(!(await registry.has(cluster)) && { isGone: true as const }),
    });
  return found;
}

async function accountsOn(entry: RegistryEntry, person: string, call: Call): Promise<PersonsAccounts> {
  const { cluster } = entry;
  try {
    const { ledger, sources } = (await asRunOf(cluster, call)).services;
    const state = await ledger.state(cluster);
    const states = await sources.ledger.states(cluster, entry);
    const rosters = [state.target, state.applied, ...states].flatMap(one => one?.roster ?? []);
    const own = accountNamesOf(person, entry);
    const accounts = new Set([
      ...rosters.flatMap(roster => declaredFor(person, roster, entry)),
      // Those of earlier rosters, of which only the names are known.
      ...everDeclared(state, states).filter(name => own.has(lowerName(name)) && !isDeclared(name, rosters)),
    ]);
    return { cluster, accounts: [...accounts].sort(), isUnknown: false };
  } catch (error) {
    call.services.log.error("ledger not read", { cluster, reason: (error as Error).message });
    return { cluster, accounts: [], isUnknown: true };
  }
}

const declaredFor = (person: string, { accounts }: Roster, entry: RegistryEntry): string[] =>
  Object.entries(accounts)
    .filter(([name, account]) => isAccountOf(person, name, account, entry))
    .map(([name]) => name);

const isDeclared = (name: string, rosters: readonly Roster[]): boolean =>
  rosters.some(({ accounts }) => Object.hasOwn(accounts, name));
