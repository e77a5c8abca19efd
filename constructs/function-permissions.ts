import type { IAccessLedger } from "./access-ledger";
import type { PolicyStatement } from "./policy-document";

/** What the statements of a function's role name. */
export interface PermissionContext {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly registryPath: string;
  readonly logGroupArn: string;
  readonly ledger: Pick<IAccessLedger, "ledgerTableArn" | "auditTableArn" | "kmsKeyArn">;
  readonly inVpc: boolean;
}

// Reads and writes inside a transaction are asked for as GetItem and PutItem.
const READ = ["dynamodb:GetItem", "dynamodb:Query"] as const;

function commonStatements(context: PermissionContext): PolicyStatement[] {
  const { partition, region, accountId, registryPath, ledger } = context;
  return [
    { Action: ["ssm:GetParameter"], Resource: `arn:${partition}:ssm:${region}:${accountId}:parameter${registryPath}/*` },
    { Action: ["logs:CreateLogStream", "logs:PutLogEvents"], Resource: `${context.logGroupArn}:*` },
    ...(ledger.kmsKeyArn === undefined
      ? []
      : [
          {
            // What DynamoDB asks its key for in the name of who calls.
            // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
            Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            Resource: ledger.kmsKeyArn,
            Condition: { StringLike: { "kms:ViaService": "dynamodb.*.amazonaws.com*" } },
          },
        ]),
    ...(context.inVpc
      ? [
          {
            // As in AWSLambdaVPCAccessExecutionRole; these actions know no resource.
            // https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions
            Action: [
              "ec2:AssignPrivateIpAddresses",
              "ec2:CreateNetworkInterface",
              "ec2:DeleteNetworkInterface",
              "ec2:DescribeNetworkInterfaces",
              "ec2:DescribeSubnets",
              "ec2:UnassignPrivateIpAddresses",
            ],
            Resource: "*",
          },
        ]
      : []),
  ];
}

/**
 * What the preview function may do anywhere: read, and record a payload that it refused. The condition keeps it from every audit
 * item that tells of something done.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export const previewStatements = (context: PermissionContext): PolicyStatement[] => [
  ...commonStatements(context),
  { Action: READ, Resource: context.ledger.ledgerTableArn },
  {
    Action: ["dynamodb:GetItem", "dynamodb:PutItem"],
    Resource: context.ledger.auditTableArn,
    Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["refused#*"] } },
  },
];

/** What the apply function may do anywhere: keep the ledger, and add to the audit trail. Neither table can it delete. */
export const applyStatements = (context: PermissionContext): PolicyStatement[] => [
  ...commonStatements(context),
  { Action: [...READ, "dynamodb:PutItem", "dynamodb:DeleteItem"], Resource: context.ledger.ledgerTableArn },
  { Action: [...READ, "dynamodb:PutItem"], Resource: context.ledger.auditTableArn },
];
