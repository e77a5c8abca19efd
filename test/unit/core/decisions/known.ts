import type { PreviewRequest } from "../../../../core/contract/payload";
import { type RegistryEntry, registryEntrySchema } from "../../../../core/contract/registry-entry";
import type { KnownCluster, KnownSource, RegisteredCluster } from "../../../../core/decisions/known-cluster";
import type { Run } from "../../../../core/events/run-events";
import { accountNames, EMPTY_ROSTER, type Roster } from "../../../../core/roster/roster";
import { sha256Hex } from "../../../../lambdas/runtime/hash";

export const NOW = new Date("2026-11-20T00:00:00Z");
/** Times before and after `NOW`. */
export const [EARLIER, LATER] = ["2026-11-19T00:00:00Z", "2026-11-21T00:00:00Z"];

type Head = KnownCluster["head"];

/** The ledger's head of a cluster whose gate is known, with a test's overrides. */
export const headOf = (overrides: Partial<Head> = {}): Head => ({
  gates: ["gate"],
  lingering: [],
  ...overrides,
});

export const versionOf = (
  roster: Roster,
  formerly: readonly string[] = [],
  changeSet = "cs-20261101T000000Z-1a2b3c4d",
) => ({ roster, formerly, changeSet });

/** A cluster on which the roster was applied, and nothing was tried since. */
export const settledOn = (roster: Roster, head: Partial<Head> = {}): KnownCluster => ({
  head: headOf({ owner: "shop", resourceId: "cluster-A", target: "1", applied: "1", ...head }),
  target: versionOf(roster),
  applied: versionOf(roster),
});

/** A cluster on which an apply of `target` failed half-way, after one of `applied` that succeeded. */
export const halfWay = (target: Roster, applied: Roster): KnownCluster => ({
  head: headOf({ owner: "shop", resourceId: "cluster-A", target: "2", applied: "1", attempt: "cs-2" }),
  target: versionOf(target),
  applied: versionOf(applied),
});

export const entryOf = (overrides: Partial<RegistryEntry> = {}): RegistryEntry =>
  registryEntrySchema.parse({
    protocol: 1,
    cluster: "orders",
    engine: "mysql",
    host: "db",
    port: 3306,
    resourceId: "cluster-A",
    region: "eu-west-1",
    credentials: { iamUser: "sl_admin" },
    prefix: "sl",
    ceiling: { privileges: ["SELECT", "INSERT", "UPDATE"] },
    unmanaged: "report",
    definers: "block",
    ...overrides,
  });

/** A source whose roster is in effect, with a test's overrides. */
export const sourceOf = (roster: Roster, overrides: Partial<KnownSource> = {}): KnownSource => ({
  name: "shop/prod",
  roster,
  own: Object.fromEntries(
    [roster, overrides.effective ?? roster].flatMap(accountNames).map(account => [account, EARLIER!]),
  ),
  formerly: [],
  pending: [],
  effective: roster,
  withdrawn: false,
  ...overrides,
});

export const registered = (
  state: KnownCluster,
  entry: Partial<RegistryEntry> = {},
  states: readonly KnownSource[] = [],
): RegisteredCluster => ({ state, entry: entryOf(entry), states });

export const requestOf = (
  roster: Roster = EMPTY_ROSTER,
  overrides: Partial<PreviewRequest> = {},
): PreviewRequest => ({
  protocol: 1,
  action: "preview",
  cluster: "orders",
  owner: "shop",
  adopt: false,
  roster,
  gate: "gate",
  plannedBy: "arn:aws:iam::123456789012:user/ann",
  ...overrides,
});

export const runOf = (action: Run["action"]): Run => ({
  id: "cs-20261120T000000Z-1a2b3c4d",
  cluster: "orders",
  action,
  at: NOW,
  sha256: sha256Hex,
});
