import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { ParameterSource } from "../../../../core/contract/registry-entry";

export const PARAMETER = "/aurora-users/sources/shop-prod";
export const source: ParameterSource = {
  name: "shop/prod",
  parameter: PARAMETER,
  databases: ["orders"],
  maxRemovalShare: 0.5,
  // Removals are added up over 24 hours.
  minRemovals: 1_000,
  roles: { read: ["SELECT"], write: ["SELECT", "INSERT", "UPDATE"] },
};

/** A user of a document, by name, with the role `read`, or as a whole. */
export type User = string | { readonly name: string; readonly [field: string]: unknown };

/** Writes a document into a parameter, as `source put` does. */
export async function putUsers(
  users: readonly User[],
  { parameter = PARAMETER, ...more }: { readonly parameter?: string; readonly confirmRemovals?: string } = {},
): Promise<void> {
  const entries = users.map(user => ({
    role: "read",
    ...(typeof user === "string" ? { name: user } : user),
  }));
  await putText(JSON.stringify({ users: entries, ...more }), parameter);
}

export async function putText(Value: string, Name = PARAMETER): Promise<void> {
  const put = { Name, Value, Type: "String" as const, Tier: "Advanced" as const, Overwrite: true };
  await new SSMClient({}).send(new PutParameterCommand(put));
}
