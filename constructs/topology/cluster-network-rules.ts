import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { defined } from "../../core/json";
import { AccessConstruct } from "../terraform/access-construct";
import { assertKnownText, assertWhole } from "../terraform/assertions";
import { ValidationError } from "../terraform/validation-error";
import { SECURITY_GROUP } from "./network-ids";

export interface ClusterNetworkRulesProps {
  /** The id of the functions' security group, one of `vpc.securityGroupIds` of the reconciler. */
  readonly functionSecurityGroupId: string;
  /** The id of the cluster's security group. */
  readonly clusterSecurityGroupId: string;
  /**
   * The cluster's port, 1 to 65535.
   * @default 3306
   */
  readonly port?: number;
  /**
   * The tags of both rules.
   * @default - the provider's default tags only
   */
  readonly tags?: Record<string, string>;
}

/**
 * Two rules of security groups: the functions may open connections to the cluster, and the cluster accepts
 * them, on its port and from no one else by these rules. A security group whose rules Terraform has in the
 * group itself (`ingress` or `egress` of `aws_security_group`) removes rules like these: add them there. Both
 * groups must be in the stack's account: for a cluster of another account make a rule in each account's own
 * stack, with the other side's addresses, or its group where the two VPCs are peered. Make them once for each
 * pair of groups, also if several clusters have that group: AWS refuses a rule that is there already.
 *
 * @example
 * new ClusterNetworkRules(this, "Network", {
 *   functionSecurityGroupId: "sg-0a1b2c3d",
 *   clusterSecurityGroupId: "sg-4e5f6a7b",
 * });
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.RDSSecurityGroups.html
 */
export class ClusterNetworkRules extends AccessConstruct {
  /** Both rules: for `dependsOn` of the cluster. */
  readonly dependables: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ClusterNetworkRulesProps) {
    super(scope, id);
    const { clusterSecurityGroupId, functionSecurityGroupId, port = 3306, tags } = props;
    assertKnownText(this, "functionSecurityGroupId", functionSecurityGroupId, SECURITY_GROUP);
    assertKnownText(this, "clusterSecurityGroupId", clusterSecurityGroupId, SECURITY_GROUP);
    assertWhole(this, "port", port, [1, 65_535]);
    if (clusterSecurityGroupId === undefined || functionSecurityGroupId === undefined)
      throw new ValidationError("`functionSecurityGroupId` and `clusterSecurityGroupId` must be given", this);
    const rule = { ipProtocol: "tcp", fromPort: port, toPort: port, ...defined({ tags }) };
    this.dependables = [
      new VpcSecurityGroupEgressRule(this, "FromFunctions", {
        ...rule,
        description: "The functions that manage database users, to the cluster",
        securityGroupId: functionSecurityGroupId,
        referencedSecurityGroupId: clusterSecurityGroupId,
      }),
      new VpcSecurityGroupIngressRule(this, "ToCluster", {
        ...rule,
        description: "From the functions that manage database users",
        securityGroupId: clusterSecurityGroupId,
        referencedSecurityGroupId: functionSecurityGroupId,
      }),
    ];
  }
}
