import type { ObservedAccount } from "../../../../core/mysql";
import type { Roster } from "../../../../core/roster/roster";
import { row, sql } from "../../../support/assemble";
import { observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";

export const at = (host: string, ...privileges: string[]): ObservedAccount =>
  observedAccount("sl_bob", { host, databases: privileges.length > 0 ? [row("orders", ...privileges)] : [] });
export const bobAt = (
  hosts: readonly string[] | undefined,
  grants: Record<string, string> = { orders: "read" },
): Roster => withOptions(rosterOf({ sl_bob: grants }), "sl_bob", { hosts });
export const TWO = ["10.%", "192.168.%"];
export const declaredAt = (...hosts: string[]) => ({
  previouslyDeclared: hosts.map(host => `'sl_bob'@'${host}'`),
});
export const planned = (roster: Roster, accounts: readonly ObservedAccount[], more: object = {}) =>
  sql({ roster, observed: observedState(accounts), ...more });

export const LOGIN = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'";
export const GRANT = "GRANT SELECT ON `orders`.* TO";
