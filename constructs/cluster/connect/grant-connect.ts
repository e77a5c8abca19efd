import type { TerraformElement } from "cdktf";
import { Token } from "cdktf";
import type { Construct } from "constructs";
import { encodeName } from "../../terraform/address";
import { ValidationError } from "../../terraform/validation-error";
import type { IAuroraCluster } from "../cluster";
import type { ConnectOptions } from "./connect-options";
import { ConnectPolicy } from "./connect-policy";
import type { ConnectGrantee } from "./grantee";

/**
 * Makes the policy with which the grantee may log in to the cluster. Its id differs for each grantee.
 * @throws ValidationError as `ConnectPolicy` does, and if the grantee has such a policy already
 */
export function grantConnect(
  cluster: IAuroraCluster & Construct,
  grantee: ConnectGrantee,
  options: ConnectOptions,
): ConnectPolicy {
  const id = `Connect-${granteeId(grantee)}${ofAccounts(grantee, options)}`;
  if (cluster.node.tryFindChild(id))
    throw new ValidationError(
      "`grantConnect` must be called once for each grantee; for further accounts make a `ConnectPolicy`",
      cluster,
    );
  return new ConnectPolicy(cluster, id, { ...options, clusters: [cluster], grantee });
}

/** A role can have both kinds of policies. A group has had one, at this id, before it needed `users`. */
const ofAccounts = (grantee: ConnectGrantee, { users }: ConnectOptions): string =>
  users === undefined || "group" in grantee || "user" in grantee ? "" : "-Accounts";

function granteeId(grantee: ConnectGrantee): string {
  const idOf = (text: string, name = text) => (Token.isUnresolved(text) ? "Reference" : encodeName(name));
  const named = (kind: string, identity: TerraformElement | string) =>
    `${kind}-${typeof identity === "string" ? idOf(identity) : identity.node.addr}`;
  if ("role" in grantee) return named("Role", grantee.role);
  if ("group" in grantee) return named("Group", grantee.group);
  if ("user" in grantee) return named("User", grantee.user);
  if ("managedPolicy" in grantee) return named("ManagedPolicy", grantee.managedPolicy.name);
  const { arn } = grantee.permissionSet;
  return `PermissionSet-${idOf(arn, arn.split("/").at(-1))}`;
}
