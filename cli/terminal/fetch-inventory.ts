import { type Inventory, parseInventory } from "../../core/import/inventory";
import type { Io } from "./command";
import { fetchParts } from "./fetch-parts";
import type { FunctionTarget } from "./invoke-function";

/**
 * What the server says of all accounts, from the preview function.
 * @throws AwsProblemError, CallFailedError
 */
export const fetchInventory = (target: FunctionTarget, cluster: string, io: Io): Promise<Inventory> =>
  fetchParts(target, { action: "inventory", cluster }, parseInventory, io);
