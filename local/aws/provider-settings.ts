const SERVICES =
  "cloudwatch cloudwatchlogs dynamodb events iam lambda rds s3 scheduler secretsmanager " +
  "ses sesv2 sns sqs ssm sts";

/** The arguments of Terraform's AWS provider that send every request to the local cloud's endpoint. */
export function providerSettings({
  region,
  endpoint,
}: {
  readonly region: string;
  readonly endpoint: string;
}) {
  return {
    region,
    skipCredentialsValidation: true,
    skipMetadataApiCheck: "true",
    skipRequestingAccountId: true,
    s3UsePathStyle: true,
    endpoints: [Object.fromEntries(SERVICES.split(" ").map(service => [service, endpoint]))],
  };
}
