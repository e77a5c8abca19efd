import type { FolderOwners } from "../users/folder-owners";
import type { Rosters } from "./changed-grants";

/** What a users folder declares, and who answers for it. */
export interface OwnedState {
  readonly rosters: Rosters;
  readonly owners: FolderOwners;
}

/** The state where there is no folder. */
export const NOTHING_OWNED: OwnedState = { rosters: {}, owners: { projects: {}, roles: {}, teams: {} } };

/** Something that a change touches. */
export interface Touched {
  readonly kind: "database" | "project" | "role" | "team" | "server" | "rules";
  /** `shop`; of a database with its cluster: `orders/shop`. */
  readonly name: string;
  /** The owner's e-mail address. Absent: nobody is its owner. */
  readonly owner?: string;
  /** The people who gain something there, or whose access there is altered, by user name. */
  readonly gain: readonly string[];
}
