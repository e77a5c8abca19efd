import { defined } from "../json";
import type { AccountOptions } from "./account-options";
import { EVERYWHERE, isInner, objectText } from "./granted-object";
import { type DatabaseGrant, grantsOf, type Roster } from "./roster";

/** A grant of an account, with all that a list of access says of it. */
export interface AccessRow extends DatabaseGrant, AccountOptions {
  readonly account: string;
  readonly user: string;
  readonly email?: string;
  readonly cluster: string;
  readonly database: string;
  /** What in the database; absent: all of it. */
  readonly object?: string | undefined;
}

/** Every grant of a cluster's roster, expired ones included. */
export const accessRows = (cluster: string, roster: Roster): AccessRow[] =>
  Object.entries(roster.accounts).flatMap(([account, details]) =>
    grantsOf(details).map(({ database, grant, object }) => ({
      account,
      user: details.user,
      ...defined({ email: details.email || undefined }),
      cluster,
      database: object && !isInner(object) ? EVERYWHERE : database,
      ...defined({ object: object && objectText(object) }),
      ...grant,
      ...defined({ suspended: details.suspended, limits: details.limits, tls: details.tls }),
      ...defined({ hosts: details.hosts }),
    })),
  );
