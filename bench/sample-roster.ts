import { SHIPPED_ROLES } from "../constructs/cluster/shipped-roles";
import type { Roster, RosterAccount } from "../core/roster/roster";

const ROLES = ["read", "write", "read_write"] as const;
const OTHER_ROLES = ["read", "admin"] as const;

/** One person with two grants. The roles alternate between persons. */
export function sampleAccount(index: number): RosterAccount {
  const user = `user.${String(index).padStart(4, "0")}`;
  return {
    kind: "person",
    user,
    name: `User ${index}`,
    email: `${user}@example.com`,
    databases: {
      orders: { role: ROLES[index % ROLES.length]!, reason: `INC-${1000 + index}` },
      app_prod: { role: OTHER_ROLES[index % OTHER_ROLES.length]!, expires: "2099-01-01T00:00:00Z" },
    },
  };
}

/** A roster of accounts with two grants each. */
export function sampleRoster(count: number): Roster {
  const accounts = Array.from({ length: count }, (_, index) => sampleAccount(index)).map(details => [
    `sl_${details.user}`,
    details,
  ]);
  const { read, write, read_write, admin } = SHIPPED_ROLES as Required<Roster["roles"]>;
  return {
    roles: { read: read!, write: write!, read_write: read_write!, admin: admin! },
    accounts: Object.fromEntries(accounts),
  };
}
