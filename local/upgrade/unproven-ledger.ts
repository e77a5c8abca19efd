/** What the upgrade of a ledger without proofs may change: see docs/decisions/0043. */
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import type { TerraformPlanJson } from "../terraform/terraform";
import { changedAttributes } from "./judge-plan";
import type { Item } from "./snapshot";

/** What an apply that runs nothing writes to a head, because a version without a proof is written again. */
const HEAD = [
  "applied",
  "attempt",
  "blobs",
  "formerHooks",
  "heldBy",
  "lastAnswer",
  "lastSets",
  "proof",
  "revision",
  "target",
  "watched",
  "write",
];
/** Items that the first apply with today's version writes, by the beginning of `sk`. */
const ADDED = ["blob#", "holders", "lock", "set#"];
/** Items that it deletes: blobs that nothing names any more, and events without a proof. */
const DELETED = ["blob#", "outbox#"];
/** Items that need a proof, by the beginning of `sk`: see docs/contracts.md. */
const PROVEN = ["head", "source#", "enforcement", "outbox#", "events", "holders", "passwords"];

type Change = NonNullable<TerraformPlanJson["resource_changes"]>[number];
type Input = Readonly<Record<string, unknown>>;

/** Whether a cluster's record in the ledger has no proof. */
export const isUnproven = (ledger: readonly Item[], cluster: string): boolean =>
  headOf(ledger, cluster)["proof"] === undefined;

/** The items that need a proof and have none, one line each. */
export const unprovenItems = (ledger: readonly Item[]): string[] =>
  ledger
    .filter(({ proof, sk }) => proof === undefined && PROVEN.some(kind => String(sk).startsWith(kind)))
    .map(keyOf);

/** The hooks that a plan calls, by address, for instance `aws_lambda_invocation.orders-access`. */
export const hooksOf = (plan: TerraformPlanJson): string[] => hookChanges(plan).map(({ address }) => address);

/**
 * Why a plan is not the first one of a cluster without a proof, one line for each fault: such a plan calls
 * exactly one hook, with another change set that has no statement and names the missing proof.
 */
export function hookFaults(plan: TerraformPlanJson): string[] {
  const hooks = hookChanges(plan);
  if (hooks.length !== 1) return [`the plan calls ${hooks.length} hooks: ${hooksOf(plan).join(", ")}`];
  return hooks.flatMap(({ address, change }) => {
    if (change.actions.join() !== "update") return [`${address}: ${change.actions.join("+")}`];
    const attributes = changedAttributes(change);
    const others = attributes.filter(name => name !== "input" && name !== "result");
    const [before, after] = [change.before, change.after].map(state => inputOf(state?.["input"]));
    if (!before || !after) return [`${address}: its input is not known`];
    const { changeSet: _, ...declared } = before;
    const { changeSet, ...declaredNow } = after;
    const sets = Object.values(changeSet as Readonly<Record<string, ChangeSetBody>>);
    const faults = {
      [`updates ${others.join(", ")}`]: others.length > 0,
      "asks for something else": !isDeepStrictEqual(declaredNow, declared),
      "shows a statement": !sets.every(
        ({ statements, status }) => status === "none" && Object.keys(statements).length === 0,
      ),
      "does not name the missing proof": !sets.every(({ notes }) =>
        notes.some(note => note.includes("has no proof")),
      ),
    };
    const found = Object.entries(faults).filter(([, isFault]) => isFault);
    return found.map(([fault]) => `${address}: ${fault}`);
  });
}

interface ChangeSetBody {
  readonly status: string;
  readonly statements: object;
  readonly notes: readonly string[];
}

const hookChanges = (plan: TerraformPlanJson): Change[] =>
  (plan.resource_changes ?? []).filter(
    ({ change, type }) =>
      type === "aws_lambda_invocation" && !["no-op", "read"].includes(change.actions.join()),
  );

const inputOf = (input: unknown): Input | undefined =>
  typeof input === "string" ? JSON.parse(input) : undefined;

/**
 * What the first apply of a cluster without a proof changed in the ledger and should not have, or did not
 * change and should have, one line each.
 * @param also attributes of the head that may change as well
 */
export function ledgerFaults(
  before: readonly Item[],
  after: readonly Item[],
  cluster: string,
  also: readonly string[] = [],
): string[] {
  const [known, found] = [before, after].map(items => new Map(items.map(item => [keyOf(item), item])));
  const faults = [...new Set([...known!.keys(), ...found!.keys()])].flatMap(key =>
    itemFaults(known!.get(key), found!.get(key), cluster, also).map(fault => `${key}: ${fault}`),
  );
  const [head, headNow] = [headOf(before, cluster), headOf(after, cluster)];
  const rosters = [rosterOf(before, head["applied"]), rosterOf(after, headNow["applied"])];
  if (headNow["proof"] === undefined) faults.push(`${cluster} head: has no proof`);
  if (headNow["target"] !== headNow["applied"]) faults.push(`${cluster} head: the roster is not in effect`);
  if (!rosters[0] || !isDeepStrictEqual(rosters[0], rosters[1]))
    faults.push(`${cluster} head: names another roster`);
  return faults;
}

function itemFaults(
  before: Item | undefined,
  after: Item | undefined,
  cluster: string,
  also: readonly string[],
): string[] {
  const { pk, sk } = (before ?? after)!;
  const isOneOf = (beginnings: readonly string[]) =>
    pk === cluster && beginnings.some(beginning => String(sk).startsWith(beginning));
  if (!before) return isOneOf(ADDED) ? [] : ["is new"];
  if (!after) return isOneOf(DELETED) && before["proof"] === undefined ? [] : ["is deleted"];
  const allowed = pk === cluster ? changeable(String(sk), also) : [];
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    name => !allowed.includes(name) && !isDeepStrictEqual(before[name], after[name]),
  );
  return changed.length === 0 ? [] : [`changes ${changed.sort().join(", ")}`];
}

/** Attributes that may change. A set that is applied once more runs nothing, and says so. */
function changeable(sk: string, also: readonly string[]): readonly string[] {
  if (sk === "head") return [...HEAD, ...also];
  return also.length > 0 && sk.startsWith("set#") ? ["at", "ran"] : [];
}

const keyOf = ({ pk, sk }: Item): string => `${pk} ${sk}`;

const headOf = (ledger: readonly Item[], cluster: string): Item =>
  ledger.find(({ pk, sk }) => pk === cluster && sk === "head") ?? {};

/** The roster of a version, and the accounts that earlier ones declared; undefined if it is not there. */
function rosterOf(ledger: readonly Item[], version: unknown): unknown {
  const chunks = ledger.filter(({ sk }) => String(sk).startsWith(`blob#${version}#`));
  if (chunks.length === 0) return undefined;
  const bytes = Buffer.concat(chunks.map(({ data }) => data as Uint8Array));
  const { formerly, roster } = JSON.parse(gunzipSync(bytes).toString("utf8"));
  return { formerly, roster };
}
