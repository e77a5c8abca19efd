import { type Inventory, inventoryOf } from "../../core/import/inventory";
import type { ObservedAccount, ObservedState } from "../../core/mysql";
import { observedState } from "./observed";

/** An administrator that may give everything that can be declared. */
const administrator = {
  grantable: ["SELECT", "INSERT", "UPDATE", "EXECUTE", "CREATE ROUTINE", "PROCESS"],
  restrictions: [],
  revokesRestricted: true,
  revokesProxies: true,
};

/** What the function answers about a server with these accounts. */
export const inventoryWith = (
  accounts: readonly ObservedAccount[],
  overrides: Partial<ObservedState> = {},
  used?: Inventory["used"],
): Inventory =>
  inventoryOf(
    { prefix: "sl", unmanaged: "report", definers: "block" },
    { observed: observedState(accounts, overrides), administrator },
    used,
  );
