import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function";
import { Construct } from "constructs";
import { type PolicyStatement, policyDocument } from "../terraform/policy-document";
import type { FunctionBundle } from "./function-bundle";

/** In which network functions run. */
export interface FunctionVpc {
  /** Subnets from which what the functions talk to can be reached. */
  readonly subnetIds: readonly string[];
  /** Security groups of the functions. */
  readonly securityGroupIds: readonly string[];
}

/** What functions of one kind have in common. */
export interface FunctionSettings {
  /**
   * The functions' runtime.
   * @default "nodejs22.x"
   */
  readonly runtime?: "nodejs20.x" | "nodejs22.x";
  /**
   * The functions' processor.
   * @default "arm64"
   */
  readonly architecture?: "arm64" | "x86_64";
  /**
   * How long the functions' logs are kept, in days, one of those that CloudWatch Logs takes.
   * @default 400
   */
  readonly logRetentionDays?: number;
  /**
   * The KMS key that encrypts the logs, as an ARN.
   * @default - the key of CloudWatch Logs
   */
  readonly logKmsKeyArn?: string;
  /**
   * A permissions boundary of the roles, as an ARN.
   * @default - none
   */
  readonly permissionsBoundary?: string;
  /**
   * Whether X-Ray traces the functions, and what they call.
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * Tags of functions, roles and log groups.
   * @default - those of the provider
   */
  readonly tags?: Record<string, string>;
}

export interface DeployedFunctionProps {
  /** The identifier of each of its resources. */
  readonly address: string;
  readonly functionName: string;
  readonly description: string;
  readonly roleName: string;
  readonly roleDescription: string;
  readonly policyName: string;
  /** What it may do, beside writing its own log, traces, and network interfaces. */
  readonly statements: readonly PolicyStatement[];
  readonly handler: string;
  readonly bundle: FunctionBundle;
  readonly memorySize: number;
  readonly timeout: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly vpc: FunctionVpc | undefined;
  readonly settings: FunctionSettings;
}

/** A function with a role, a log group, and the one policy that says what it may do. */
export class DeployedFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly policy: IamRolePolicy;

  constructor(scope: Construct, id: string, props: DeployedFunctionProps) {
    super(scope, id);
    const { address, settings, vpc } = props;
    const tags = settings.tags ? { tags: settings.tags } : {};
    const logs = new CloudwatchLogGroup(this, "Logs", {
      name: `/aws/lambda/${props.functionName}`,
      retentionInDays: settings.logRetentionDays ?? 400,
      ...(settings.logKmsKeyArn === undefined ? {} : { kmsKeyId: settings.logKmsKeyArn }),
      ...tags,
    });
    logs.overrideLogicalId(address);

    const role = new IamRole(this, "Role", {
      name: props.roleName,
      description: props.roleDescription,
      assumeRolePolicy: assumedBy("lambda.amazonaws.com"),
      ...(settings.permissionsBoundary === undefined
        ? {}
        : { permissionsBoundary: settings.permissionsBoundary }),
      ...tags,
    });
    role.overrideLogicalId(address);

    this.policy = new IamRolePolicy(this, "Policy", {
      name: props.policyName,
      role: role.name,
      policy: policyDocument([
        ...props.statements,
        { Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: `${logs.arn}:*` },
        ...(vpc === undefined ? [] : [NETWORK_INTERFACES]),
        ...(settings.tracing ? [TRACES] : []),
      ]),
    });
    this.policy.overrideLogicalId(`${address}_base`);

    this.lambda = new LambdaFunction(this, "Function", {
      functionName: props.functionName,
      description: props.description,
      role: role.arn,
      runtime: settings.runtime ?? "nodejs22.x",
      architectures: [settings.architecture ?? "arm64"],
      handler: props.handler,
      filename: props.bundle.path,
      sourceCodeHash: props.bundle.sha256,
      memorySize: props.memorySize,
      timeout: props.timeout,
      environment: { variables: { ...props.variables, ...(settings.tracing ? { TRACING: "true" } : {}) } },
      ...(vpc === undefined
        ? {}
        : { vpcConfig: { subnetIds: [...vpc.subnetIds], securityGroupIds: [...vpc.securityGroupIds] } }),
      ...(settings.tracing ? { tracingConfig: { mode: "Active" } } : {}),
      ...tags,
      dependsOn: [logs, this.policy],
    });
    this.lambda.overrideLogicalId(address);
  }
}

/** The trust policy of a role that a service of AWS assumes. */
export const assumedBy = (service: string, condition?: object): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Service: service },
        ...(condition === undefined ? {} : { Condition: condition }),
      },
    ],
  });

// As in AWSLambdaVPCAccessExecutionRole; these actions know no resource.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
const NETWORK_INTERFACES: PolicyStatement = {
  Action: [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
  ],
  Resource: "*",
};

// As in AWSXRayDaemonWriteAccess, without what reads; these actions know no resource.
// https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
const TRACES: PolicyStatement = {
  Action: ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
  Resource: "*",
};
