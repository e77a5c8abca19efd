import type { OutsideGrant, OutsideGrants } from "../../../core/mysql";
import type { Row } from "./mysql-session";
import { holder, type Results, restrictionsOf } from "./observed-account";
import { hasGrantOption, privilegesOfFlags, privilegesOfSet } from "./privilege-columns";

/** What all accounts hold on data. */
export function outsideGrants(results: Results): OutsideGrants {
  return {
    grants: [
      ...results.globalHolders.map(row => ({
        account: holder(row),
        ...ofFlags(row),
        restrictions: restrictionsOf(row),
      })),
      ...results.databases.map(row => onDatabase(row, ofFlags(row))),
      ...results.tables.map(row =>
        onDatabase(row, { ...privilegesOfSet(row["Table_priv"]), object: table(row) }),
      ),
      ...results.columns.map(row =>
        onDatabase(row, {
          ...privilegesOfSet(row["Column_priv"]),
          object: { ...table(row), column: String(row["Column_name"]) },
        }),
      ),
      ...results.routines.map(row =>
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
