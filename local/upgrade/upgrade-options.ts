import type { PackageVersion } from "./package-version";

export interface UpgradeOptions {
  readonly older: PackageVersion;
  readonly today: PackageVersion;
  /** Changes that the upgrade's plans may hold besides the functions' code: see `unexpectedChanges`. */
  readonly allowed: readonly string[];
  /** A sentence with which going back is refused. @default - going back has to work */
  readonly backRefused: string | undefined;
  /** The older version wrote no proofs to the ledger: each cluster is proven once, by its first apply. */
  readonly ledgerWithoutProofs: boolean;
  /** The upgrade, and going back, replace each cluster's gate, so that its hook is called once. */
  readonly gatesReplaced: boolean;
}
