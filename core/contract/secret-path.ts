import { nameSome } from "../name-some";
import type { Roster } from "../roster/roster";
import type { RegistryEntry } from "./registry-entry";

/** Passwords have no place to be kept in. Only a registry entry that another stack wrote lacks one. */
export function withoutSecretPath(
  { cluster, secretPath }: Pick<RegistryEntry, "cluster" | "secretPath">,
  { accounts }: Roster,
): string | undefined {
  const byPassword = Object.keys(accounts).filter(name => accounts[name]!.login !== undefined);
  if (secretPath !== undefined || byPassword.length === 0) return undefined;
  const plural = byPassword.length > 1;
  return (
    `${nameSome(byPassword)} log${plural ? "" : "s"} in by password, and the registry entry of ${cluster} names no ` +
    "`secretPath`. The stack that declares the cluster writes it: apply that stack with this release."
  );
}
