import * as z from "zod";
import type { RegistryEntry } from "../contract/registry-entry";
import { defined } from "../json";
import type { AdministratorPrivileges, ObservedAccount, ObservedState } from "../mysql";
import { IAM_PLUGIN } from "../mysql/iam-login";
import type { ManagedNames } from "../roster/managed-names";

/** The number of the form below. The function that answers and the command that reads have the same. */
const FORM = 1;

/** How an account proves who it is, without what proves it. */
export type Proof = "iam" | "secret" | "none";

/** Everything about one account that is no secret. */
export interface InventoryAccount extends Omit<ObservedAccount, "authenticationString"> {
  /** `secret`: the server has a password, or what the plug-in has instead. */
  readonly proof: Proof;
}

/** Accounts without the prefix that a cluster's construct names. */
export type NamedByConstruct = Omit<ManagedNames, "prefix">;

/** What a server says of all accounts, and of the cluster that it is. */
export interface Inventory extends NamedByConstruct {
  readonly form: typeof FORM;
  readonly prefix: string;
  readonly unmanaged: RegistryEntry["unmanaged"];
  readonly definers: RegistryEntry["definers"];
  readonly administrator: AdministratorPrivileges;
  readonly observed: Omit<ObservedState, "accounts"> & { readonly accounts: readonly InventoryAccount[] };
  /** Who has logged in to the writer since it started. Absent: the server does not say it. */
  readonly used?: { readonly users: readonly string[]; readonly days: number } | undefined;
}

/** The part of an `Inventory` by which it is known to be one; the rest is as the function wrote it. */
const inventorySchema = z.looseObject({
  form: z.literal(FORM),
  prefix: z.string(),
  administrator: z.looseObject({}),
  observed: z.looseObject({
    accounts: z.array(z.looseObject({ user: z.string(), host: z.string(), proof: z.string() })),
  }),
});

/** The inventory in a function's answer; undefined if it is of another release. */
export const parseInventory = (value: unknown): Inventory | undefined =>
  inventorySchema.safeParse(value).success ? (value as Inventory) : undefined;

/** What a run observed, without hashes of passwords. */
export function inventoryOf(
  entry: Pick<RegistryEntry, "definers" | "prefix" | "unmanaged"> & NamedByConstruct,
  seen: { readonly observed: ObservedState; readonly administrator: AdministratorPrivileges },
  used: Inventory["used"],
): Inventory {
  const { alsoManages, definers, prefix, takeOver, unmanaged } = entry;
  const { administrator, observed } = seen;
  const accounts = observed.accounts.map(({ authenticationString, ...account }) => ({
    ...account,
    proof: proofOf(account.plugin, authenticationString),
  }));
  return {
    form: FORM,
    prefix,
    unmanaged,
    definers,
    administrator,
    observed: { ...observed, accounts },
    ...defined({ alsoManages, takeOver, used }),
  };
}

function proofOf(plugin: string, authenticationString: string): Proof {
  if (plugin === IAM_PLUGIN && authenticationString === "RDS") return "iam";
  return authenticationString === "" ? "none" : "secret";
}

/** In place of what nobody may know. No password hashes to it. */
const HIDDEN = "(hidden)";

/** The inventory as a preview observes it, for the same computation. */
export const observedStateOf = ({ observed }: Inventory): ObservedState => ({
  ...observed,
  accounts: observed.accounts.map(({ proof, ...account }) => ({
    ...account,
    authenticationString: proof === "iam" ? "RDS" : proof === "none" ? "" : HIDDEN,
  })),
});
