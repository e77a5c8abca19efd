import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group";
import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule";
import type { Construct } from "constructs";
import { defined } from "../../core/json";
import { AccessConstruct } from "../terraform/access-construct";
import { ACCOUNT_ID, assertKnownText, assertOneOf, type TextRule } from "../terraform/assertions";
import { policyDocument } from "../terraform/policy-document";
import { currentAccountId, currentRegion } from "../terraform/stack-context";
import { ValidationError } from "../terraform/validation-error";
import { ROUTE_TABLE, SECURITY_GROUP, SUBNET, VPC } from "./network-ids";

/** The services that every reconciler calls. */
const ALWAYS = ["dynamodb", "events", "kms", "rds", "scheduler", "secretsmanager", "ssm", "sts"] as const;
/** Those that it calls with some settings. */
const SOMETIMES = ["email", "monitoring", "s3", "sns"] as const;
/** A service, as the name of its endpoint ends. */
export type EndpointService = (typeof ALWAYS)[number] | (typeof SOMETIMES)[number];

/** Endpoints of these are routes, and cost nothing. */
const GATEWAYS: readonly EndpointService[] = ["dynamodb", "s3"];

export interface AccessVpcEndpointsProps {
  /** The id of the functions' VPC. */
  readonly vpcId: string;
  /** The ids of the subnets that get an address of each interface endpoint: the functions', at least one. */
  readonly subnetIds: readonly string[];
  /** The ids of the route tables of the functions' subnets, at least one: for DynamoDB and S3. */
  readonly routeTableIds: readonly string[];
  /**
   * The ids of the functions' security groups, at least one. They must let the functions out on port 443 to
   * the endpoints, and to the prefix lists of DynamoDB and S3.
   */
  readonly functionSecurityGroupIds: readonly string[];
  /**
   * The ids of the security groups of everything else in the VPC that calls one of these services. An
   * interface endpoint takes the service's name in the whole VPC: what is in none of the groups gets no
   * answer from the service any more.
   * @default - none: the functions are alone in the VPC
   */
  readonly otherSecurityGroupIds?: readonly string[];
  /**
   * The services. Beyond those of the default, add `monitoring` for clusters that pause when idle, `s3` for
   * an audit anchor, and `email` (SES) and `sns` for a notifier in the VPC. Leave out what the VPC has an
   * endpoint for already, and `sts` if no cluster has run roles or `assumeRoleArn`.
   * @default - `dynamodb`, `events`, `kms`, `rds`, `scheduler`, `secretsmanager`, `ssm` and `sts`
   */
  readonly services?: readonly EndpointService[];
  /**
   * Other accounts whose roles the functions assume, 12 digits each. Identities of no other account than
   * these and the stack's can use the interface endpoints.
   * @default - none
   */
  readonly targetAccountIds?: readonly string[];
  /**
   * The tags of all endpoints.
   * @default - the provider's default tags only
   */
  readonly tags?: Record<string, string>;
}

/**
 * Endpoints for functions in a VPC without a way to the internet. They reach the services of their own region
 * only: see the page about topologies for clusters and tables of another. Not for the regions of China, whose
 * endpoints have other names.
 *
 * Interface endpoints take the traffic of the whole VPC to these services (private DNS), and admit only
 * `functionSecurityGroupIds` and `otherSecurityGroupIds`. The routes to DynamoDB and S3 take the traffic of
 * all subnets that use the route tables, and admit every identity.
 *
 * @example
 * new AccessVpcEndpoints(this, "Endpoints", {
 *   vpcId: "vpc-0a1b2c3d",
 *   subnetIds: ["subnet-0a1b2c3d"],
 *   routeTableIds: ["rtb-0a1b2c3d"],
 *   functionSecurityGroupIds: ["sg-0a1b2c3d"],
 * });
 *
 * @see https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
 */
export class AccessVpcEndpoints extends AccessConstruct {
  constructor(scope: Construct, id: string, props: AccessVpcEndpointsProps) {
    super(scope, id);
    const { services = ALWAYS, tags, vpcId } = props;
    this.#assert(props, services);
    const { id: group } = this.#securityGroup(props);
    const policy = this.#policy(props.targetAccountIds ?? []);
    for (const service of new Set(services)) {
      const common = { vpcId, serviceName: `com.amazonaws.${currentRegion(this)}.${service}` };
      const kind = GATEWAYS.includes(service)
        ? { vpcEndpointType: "Gateway", routeTableIds: [...props.routeTableIds] }
        : {
            vpcEndpointType: "Interface",
            subnetIds: [...props.subnetIds],
            securityGroupIds: [group],
            privateDnsEnabled: true,
            policy,
          };
      new VpcEndpoint(this, service, { ...common, ...kind, ...defined({ tags }) });
    }
  }

  #securityGroup({ tags, vpcId, ...props }: AccessVpcEndpointsProps): SecurityGroup {
    const admitted = new Set([...props.functionSecurityGroupIds, ...(props.otherSecurityGroupIds ?? [])]);
    const description = "Endpoints for the functions that manage database users";
    const group = new SecurityGroup(this, "Group", { vpcId, description, ...defined({ tags }) });
    [...admitted].forEach((from, index) => {
      new VpcSecurityGroupIngressRule(this, `From${index}`, {
        securityGroupId: group.id,
        description: "Callers of AWS services",
        referencedSecurityGroupId: from,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        ...defined({ tags }),
      });
    });
    return group;
  }

  /** What each identity may do is in its own policies. */
  #policy(targets: readonly string[]): string {
    const accounts = [currentAccountId(this), ...targets];
    const Condition = { StringEquals: { "aws:PrincipalAccount": accounts } };
    return policyDocument([{ Principal: "*", Action: "*", Resource: "*", Condition }]);
  }

  #assert(props: AccessVpcEndpointsProps, services: readonly EndpointService[]): void {
    assertKnownText(this, "vpcId", props.vpcId, VPC);
    const lists: [string, readonly string[], TextRule][] = [
      ["subnetIds", props.subnetIds, SUBNET],
      ["routeTableIds", props.routeTableIds, ROUTE_TABLE],
      ["functionSecurityGroupIds", props.functionSecurityGroupIds, SECURITY_GROUP],
    ];
    for (const [prop, ids, rule] of lists) {
      if (!Array.isArray(ids) || ids.length === 0)
        throw new ValidationError(`\`${prop}\` must be a list of at least one id`, this);
      for (const one of ids) assertKnownText(this, prop, one, rule);
    }
    for (const one of props.otherSecurityGroupIds ?? [])
      assertKnownText(this, "otherSecurityGroupIds", one, SECURITY_GROUP);
    if (services.length === 0) throw new ValidationError("`services` must name at least one service", this);
    for (const service of services) assertOneOf(this, "services", service, [...ALWAYS, ...SOMETIMES]);
    for (const one of props.targetAccountIds ?? [])
      assertKnownText(this, "targetAccountIds", one, ACCOUNT_ID);
  }
}
