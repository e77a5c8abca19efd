import type { AccountId, OwnPrivileges, RoleRules } from "../../../core/mysql";
import type { Results } from "./observed-account";

/** A name in the setting `mandatory_roles`: quoted in one of three ways, or not. */
const NAME = "(`(?:[^`]|``)*`|'(?:[^'\\\\]|\\\\.|'')*'|\"(?:[^\"\\\\]|\\\\.|\"\")*\"|[^,@\\s]+)";

/** The roles that no statement can take away. */
export function roleRules(results: Results, own: OwnPrivileges): RoleRules {
  const server = results.server[0]!;
  const self = String(server["self"]);
  const isOwn = (user: unknown, host: unknown) => `${user}@${host}` === self;
  const administered = results.allRoles
    .filter(row => row["WITH_ADMIN_OPTION"] === "Y" && isOwn(row["TO_USER"], row["TO_HOST"]))
    .map(row => ({ user: String(row["FROM_USER"]), host: String(row["FROM_HOST"]) }));
  const isAdmin = own.global.has("ROLE_ADMIN") || own.global.has("SUPER");
  return {
    mandatoryRoles: mandatoryRoles(String(server["mandatoryRoles"] ?? "")),
    revocableRoles: isAdmin ? "all" : administered,
  };
}

/** The accounts of the setting `mandatory_roles`: `app_all, 'ops'@'10.%'`. */
export const mandatoryRoles = (setting: string): AccountId[] =>
  [...setting.matchAll(new RegExp(`${NAME}(?:@${NAME})?`, "g"))].map(([, user = "", host = "%"]) => ({
    user: unquoted(user),
    host: unquoted(host),
  }));

function unquoted(name: string): string {
  const quote = name[0]!;
  if (!"`'\"".includes(quote)) return name;
  return name.slice(1, -1).replaceAll(quote + quote, quote);
}
