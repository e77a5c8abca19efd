import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { Construct } from "constructs";
import { resource } from "../terraform/address";
import { arnOf } from "../terraform/arn";
import { keyStatements, type PolicyStatement, policyDocument } from "../terraform/policy-document";
import type { FunctionBundle } from "./function-bundle";
import { type FunctionSettings, type FunctionVpc, runtimeFor } from "./function-settings";

export interface DeployedFunctionProps {
  /** The Terraform identifier of each resource; the policy's ends in `_base`. */
  readonly address: string;
  readonly functionName: string;
  readonly description: string;
  readonly roleName: string;
  readonly roleDescription: string;
  readonly policyName: string;
  /** The role's permissions, in addition to those for its own log, for traces and for network interfaces. */
  readonly statements: readonly PolicyStatement[];
  readonly handler: string;
  readonly bundle: FunctionBundle;
  /** In MB. */
  readonly memorySize: number;
  /** In seconds. */
  readonly timeout: number;
  /** The function's environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly settings: FunctionSettings & { readonly vpc?: FunctionVpc };
}

/** A function with a log group, a role, and one policy that holds all of its permissions. */
export class DeployedFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: DeployedFunctionProps) {
    super(scope, id);
    const { address: logicalId, settings } = props;
    const { tags } = settings;
    const logs = resource(CloudwatchLogGroup, this, "Logs", {
      logicalId,
      name: `/aws/lambda/${props.functionName}`,
      retentionInDays: settings.logRetentionDays ?? 400,
      kmsKeyId: settings.logKmsKeyArn,
      tags,
    });
    const role = resource(IamRole, this, "Role", {
      logicalId,
      name: props.roleName,
      description: props.roleDescription,
      assumeRolePolicy: trustPolicy("lambda.amazonaws.com"),
      permissionsBoundary: settings.permissionsBoundary,
      tags,
    });
    this.policy = this.#policy(props, logs, role);
    this.lambda = this.#function(props, logs, role);
  }

  #policy(props: DeployedFunctionProps, logs: CloudwatchLogGroup, role: IamRole): IamRolePolicy {
    const policy = policyDocument([
      ...props.statements,
      { Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: `${logs.arn}:*` },
      ...(props.settings.vpc ? networkInterfaces(this) : []),
      ...(props.settings.tracing ? [TRACES] : []),
      // Lambda's own grant ends with a role that is made again.
      ...keyStatements(props.settings.environmentKmsKeyArn),
    ]);
    const config = { logicalId: `${props.address}_base`, name: props.policyName, role: role.name, policy };
    return resource(IamRolePolicy, this, "Policy", config);
  }

  #function(props: DeployedFunctionProps, logs: CloudwatchLogGroup, role: IamRole): LambdaFunction {
    const { settings, variables } = props;
    const { vpc } = settings;
    return resource(LambdaFunction, this, "Function", {
      logicalId: props.address,
      functionName: props.functionName,
      description: props.description,
      role: role.arn,
      runtime: runtimeFor(this, settings.runtime, role.terraformGeneratorMetadata?.providerVersion),
      architectures: [settings.architecture ?? "arm64"],
      handler: props.handler,
      filename: props.bundle.path,
      sourceCodeHash: props.bundle.sha256,
      memorySize: props.memorySize,
      timeout: props.timeout,
      environment: { variables: settings.tracing ? { ...variables, TRACING: "true" } : { ...variables } },
      kmsKeyArn: settings.environmentKmsKeyArn,
      reservedConcurrentExecutions: settings.reservedConcurrency,
      codeSigningConfigArn: settings.codeSigningConfigArn,
      vpcConfig: vpc && { subnetIds: [...vpc.subnetIds], securityGroupIds: [...vpc.securityGroupIds] },
      tracingConfig: settings.tracing ? { mode: "Active" } : undefined,
      tags: settings.tags,
      dependsOn: [logs, this.policy],
    });
  }
}

/** The trust policy of a role that an AWS service assumes. */
export const trustPolicy = (service: string, condition?: object): string =>
  policyDocument([{ Action: "sts:AssumeRole", Principal: { Service: service }, Condition: condition }]);

/**
 * The actions of AWSLambdaVPCAccessExecutionRole. The function's interfaces are in its own account and
 * region; subnets may be shared by another account. The actions that read support no resource.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
const networkInterfaces = (scope: Construct): PolicyStatement[] => [
  {
    Action: [
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:UnassignPrivateIpAddresses",
    ],
    Resource: [
      arnOf(scope, "ec2", "network-interface/*"),
      ...["security-group/*", "subnet/*"].map(of => arnOf(scope, "ec2", of, { accountId: "*" })),
    ],
  },
  { Action: ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"], Resource: "*" },
];

// The writing actions of AWSXRayDaemonWriteAccess; they support no resource.
// https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
const TRACES: PolicyStatement = {
  Action: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
  Resource: "*",
};
