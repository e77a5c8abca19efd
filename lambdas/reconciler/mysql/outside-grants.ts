import type { OutsideGrant, OutsideGrants } from "../../../core/mysql";
import { hasPrefix } from "../../../core/roster/account-name";
import type { Row } from "./mysql-session";
import type { ResultName } from "./observe-queries";
import { holder, keyOf, type Results } from "./observed-account";
import { hasGrantOption, privilegesOfFlags, privilegesOfSet } from "./privilege-columns";

/** What accounts without the prefix hold on data, and roles, which they may have. */
export function outsideGrants(results: Results, prefix: string): OutsideGrants {
  const roles = new Set(results.allRoles.map(row => `${row["FROM_USER"]}\n${row["FROM_HOST"]}`));
  const isOutside = (row: Row) => !hasPrefix(prefix, String(row["User"])) || roles.has(keyOf(holder(row)));
  const rows = (name: ResultName) => results[name].filter(isOutside);
  return {
    grants: [
      ...rows("globalHolders").map(row => ({ account: holder(row), ...ofFlags(row) })),
      ...rows("databases").map(row => onDatabase(row, ofFlags(row))),
      ...rows("tables").map(row =>
        onDatabase(row, { ...privilegesOfSet(row["Table_priv"]), object: table(row) }),
      ),
      ...rows("columns").map(row =>
        onDatabase(row, {
          ...privilegesOfSet(row["Column_priv"]),
          object: { ...table(row), column: String(row["Column_name"]) },
        }),
      ),
      ...rows("routines").map(row =>
        onDatabase(row, {
          ...privilegesOfSet(row["Proc_priv"]),
          object: { kind: String(row["Routine_type"]) as Kind, name: String(row["Routine_name"]) },
        }),
      ),
    ],
    roles: results.allRoles.map(row => ({
      role: { user: String(row["FROM_USER"]), host: String(row["FROM_HOST"]) },
      member: { user: String(row["TO_USER"]), host: String(row["TO_HOST"]) },
      adminOption: row["WITH_ADMIN_OPTION"] === "Y",
    })),
    proxies: results.allProxies.map(row => ({
      account: holder(row),
      proxied: { user: String(row["Proxied_user"]), host: String(row["Proxied_host"]) },
    })),
  };
}

type Kind = NonNullable<OutsideGrant["object"]>["kind"];

const ofFlags = (row: Row) => ({
  privileges: privilegesOfFlags(row, "db"),
  grantOption: hasGrantOption(row),
});

const table = (row: Row) => ({ kind: "TABLE" as const, name: String(row["Table_name"]) });

const onDatabase = (row: Row, grant: Omit<OutsideGrant, "account" | "database">): OutsideGrant => ({
  account: holder(row),
  database: String(row["Db"]),
  privileges: grant.privileges,
  grantOption: grant.grantOption,
  object: grant.object,
});
