import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { Construct } from "constructs";
import type { RunRight } from "../../../core/contract/run-role";
import { runRoleName, runRolePath, runRoleResource } from "../../reconciler/run-role-names";
import { clusterAddress, resource } from "../../terraform/address";
import { iamArnOf } from "../../terraform/arn";
import { policyDocument } from "../../terraform/policy-document";
import { ValidationError } from "../../terraform/validation-error";
import type { ClusterCoordinates } from "../cluster-endpoint-props";
import type { DeclaredCluster } from "../declared-clusters";
import { runRoleTrust } from "./run-role-statements";

type Owner = Construct & Pick<DeclaredCluster, "name" | "reconciler">;

/**
 * The two roles that the functions assume for everything about a cluster: one to look, one to act. They are
 * below a path, so that one statement on each function's own role is enough for any number of clusters.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
 */
export class RunRoles extends Construct {
  readonly preview: IamRole;
  readonly apply: IamRole;
  /** As the registry entry has them. Known before the roles exist. */
  readonly arns: Readonly<Record<RunRight, string>>;

  /** @param isRotated whether the rotation function may assume the second one */
  constructor(cluster: Owner, id: string, isRotated: boolean) {
    super(cluster, id);
    const { applyRole, enforceRole, previewRole, rotateRole } = cluster.reconciler;
    const arn = (right: RunRight) => iamArnOf(this, runRoleResource(cluster.reconciler, cluster.name, right));
    this.arns = { preview: arn("preview"), apply: arn("apply") };
    this.preview = this.#role(cluster, "preview", [previewRole]);
    this.apply = this.#role(cluster, "apply", [applyRole, enforceRole, ...(isRotated ? [rotateRole] : [])]);
  }

  #role(cluster: Owner, right: RunRight, functionRoles: readonly string[]): IamRole {
    const { name, reconciler } = cluster;
    const does = right === "preview" ? "looks at" : "acts on";
    return resource(IamRole, this, right === "preview" ? "Preview" : "Apply", {
      logicalId: clusterAddress(name, `${right}_run`),
      name: runRoleName(reconciler, name, right),
      path: runRolePath(reconciler),
      description: `With which ${reconciler.name} ${does} the cluster ${name}`,
      assumeRolePolicy: policyDocument([runRoleTrust(cluster, functionRoles)]),
      permissionsBoundary: reconciler.permissionsBoundary,
    });
  }
}

const TRUST_FIRST = ". The role of `assumeRoleArn` has to trust the run roles first";

/**
 * The run roles of a cluster; undefined if the functions use their own roles for it.
 * @param wanted the prop; by default only where cluster and ledger are in the functions' own account: a stack
 * cannot know whether a role in another account trusts them
 * @throws ValidationError if the functions' own roles reach no cluster, or run roles do not reach the ledger
 */
export function runRolesOf(
  cluster: Owner,
  wanted: boolean | undefined,
  { assumeRoleArn }: Pick<ClusterCoordinates, "assumeRoleArn">,
  { isRotated }: { readonly isRotated: boolean },
): RunRoles | undefined {
  const { clusterRolesOnly, ledgerIsElsewhere = false, name } = cluster.reconciler;
  if (wanted && ledgerIsElsewhere)
    throw new ValidationError(
      `\`runRoles\` must not be true for ${cluster.name}: the ledger of ${name} is in another account or region, ` +
        "and the policies of its tables name the functions' own roles",
      cluster,
    );
  if (wanted ?? (assumeRoleArn === undefined && !ledgerIsElsewhere))
    return new RunRoles(cluster, "RunRoles", isRotated);
  if (!clusterRolesOnly) return undefined;
  throw new ValidationError(
    `\`runRoles\` must be true for ${cluster.name}: ${name} has \`clusterRolesOnly\`, so its functions' own ` +
      `roles reach no cluster${assumeRoleArn === undefined ? "" : TRUST_FIRST}`,
    cluster,
  );
}
