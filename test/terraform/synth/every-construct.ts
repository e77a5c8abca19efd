// An app that uses every construct with every option, in one stack. It is validated and never applied.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { App, TerraformStack } from "cdktf";
import {
  AccessAlarms,
  AccessDashboard,
  AccessLedger,
  AccessNotifier,
  AccessStackCheck,
  AccessVpcEndpoints,
  AuditAnchorBucket,
  AuroraCluster,
  ClusterEndpoint,
  ClusterNetworkRules,
  EmailChannel,
  IdentityCenterAttributes,
  IdentityCenterOffboarding,
  ParameterStoreSource,
  Reconciler,
  SlackChannel,
  SnsChannel,
  TargetAccountRole,
  TeamsChannel,
} from "../../../constructs";

const app = new App();
const stack = new TerraformStack(app, "every");
new AwsProvider(stack, "aws", { region: "eu-west-1" });
const kmsKeyArn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const codeSigningConfigArn =
  "arn:aws:lambda:eu-west-1:111122223333:code-signing-config:csc-0f6c334abcdea4d8b";
const secretArn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf";
const vpc = { subnetIds: ["subnet-0a1b2c3d"], securityGroupIds: ["sg-0a1b2c3d"] };
const tags = { team: "data" };
// Any file will do, because nothing is uploaded.
const bundle = __filename;

const reconciler = new Reconciler(stack, "Reconciler", {
  ledger: new AccessLedger(stack, "Ledger", {
    kmsKeyArn,
    sharedWith: [{ accountId: "444455556666", reconcilerName: "local", clusters: ["elsewhere"] }],
    tags,
  }),
  auditAnchor: new AuditAnchorBucket(stack, "Anchor", {
    bucket: "example-access-audit",
    kmsKeyArn,
    mode: "COMPLIANCE",
    writers: ["arn:aws:iam::111122223333:role/aurora-users-apply"],
    tags,
  }),
  eventBus: "people",
  rotation: true,
  clusterRolesOnly: true,
  invokers: { preview: ["sync-task"], apply: ["sync-task"] },
  tracing: true,
  logKmsKeyArn: kmsKeyArn,
  environmentKmsKeyArn: kmsKeyArn,
  reservedConcurrency: 20,
  codeSigningConfigArn,
  permissionsBoundary: "arn:aws:iam::111122223333:policy/boundary",
  vpc,
  tags,
  bundle,
});
new AccessStackCheck(stack, "Check", { reconciler });

const cluster = new AuroraCluster(stack, "orders", {
  reconciler,
  endpoint: ClusterEndpoint.fromLookup("orders-prod", { pausing: true }),
  enforcement: { everyMinutes: 1, drift: "repair" },
  passwords: { kmsKeyArn, recoveryDays: 7, rotateAfterDays: 30, oldPasswordHours: 48 },
});
cluster.addGrant({ kind: "service", user: "sync", login: "password" }, [
  { databases: ["shop"], role: "read" },
]);
cluster.accountSecret("sync").grantRead({ role: "sync-task" });
cluster.accountSecret("sync").grantRead({ roleArn: "arn:aws:iam::444455556666:role/sync" });
cluster.addGrant({ kind: "person", user: "jane.doe", formerly: "jane.roe", name: "${path.root}" }, [
  { databases: ["shop"], role: "read" },
]);

const organization = new AwsProvider(stack, "organization", { region: "eu-west-1", alias: "organization" });
const instanceArn = "arn:aws:sso:::instance/ssoins-0123456789abcdef";
const arn = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcde";
const fromOrganization = { instanceArn, provider: organization };
new IdentityCenterOffboarding(stack, "Offboarding", {
  reconciler,
  identityStoreId: "d-1234567890",
  identityStoreRegion: "eu-central-1",
  assumeRoleArn: "arn:aws:iam::444455556666:role/directory-reader",
  everyMinutes: 30,
  enforceTimeout: 600,
  tags,
});
new IdentityCenterAttributes(stack, "Attributes", {
  ...fromOrganization,
  attributes: { UserName: "${path:userName}" },
});
const otherAccount = AuroraCluster.fromAuroraClusterAttributes(stack, "other", {
  name: "other",
  resourceId: "cluster-OTHER",
  nextResourceIds: ["cluster-FORMER"],
  proxyResourceIds: ["prx-0123456789abcdef0"],
  accountId: "444455556666",
});
const conditions = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
const tagSetters = ["arn:aws:iam::444455556666:role/broker"];
otherAccount.grantConnect({ role: "developers" }, { conditions, tagSetters });
otherAccount.grantConnect({ role: "order-sync" }, { users: ["order-sync"] });
otherAccount.grantConnect({ group: "analysts" }, { users: ["bob"] });
otherAccount.grantConnect(
  { user: "carol" },
  { users: Array.from({ length: 50 }, (_, index) => `u${index}`) },
);
otherAccount.grantConnect({ permissionSet: { ...fromOrganization, arn: `${arn}1`, ownsInlinePolicy: true } });
otherAccount.grantConnect({
  permissionSet: { ...fromOrganization, arn: `${arn}2`, managedPolicy: { name: "connect", path: "/db/" } },
});
otherAccount.grantConnect({ managedPolicy: { name: "connect-elsewhere" } });

const target = new TargetAccountRole(stack, "Target", {
  managementAccountId: "111122223333",
  accountId: "444455556666",
  externalId: "example-database-access",
  provider: organization,
  permissionsBoundary: "arn:aws:iam::444455556666:policy/boundary",
  clusters: [
    { region: "eu-west-1", secretArn: secretArn.replace("111122223333", "444455556666"), kmsKeyArn },
    {
      name: "billing",
      region: "us-east-1",
      iamUser: "steward",
      resourceIds: ["cluster-BILLING"],
      pausing: true,
    },
  ],
  tags,
});
const functionSecurityGroupId = "sg-0a1b2c3d";
const rules = new ClusterNetworkRules(stack, "Rules", {
  functionSecurityGroupId,
  clusterSecurityGroupId: "sg-4e5f6a7b",
  port: 3307,
  tags,
});
new AuroraCluster(stack, "billing", {
  reconciler,
  runRoles: true,
  endpoint: ClusterEndpoint.fromAttributes({
    ...target.login,
    endpoint: "billing.cluster-abc.us-east-1.rds.amazonaws.com",
    region: "us-east-1",
    resourceId: "cluster-BILLING",
    iamUser: "steward",
    pausing: true,
  }),
  dependsOn: [...target.dependables, ...rules.dependables],
});
new AccessVpcEndpoints(stack, "Endpoints", {
  vpcId: "vpc-0a1b2c3d",
  subnetIds: vpc.subnetIds,
  routeTableIds: ["rtb-0a1b2c3d"],
  functionSecurityGroupIds: [functionSecurityGroupId],
  services: [
    "dynamodb",
    "email",
    "events",
    "kms",
    "monitoring",
    "rds",
    "s3",
    "scheduler",
    "sns",
    "ssm",
    "sts",
  ],
  targetAccountIds: ["444455556666"],
  tags,
});

new ParameterStoreSource(stack, "Shop", {
  name: "shop/prod",
  clusters: [{ cluster, databases: ["shop"] }],
  roles: { read: ["SELECT"] },
  kmsKeyArn,
});

const topic = new SnsTopic(stack, "Topic", { name: "on-call", kmsMasterKeyId: kmsKeyArn });
const templates = mkdtempSync(join(tmpdir(), "templates-"));
writeFileSync(join(templates, "access.granted.html"), "<p>{{name}} ${path.root} %{if}</p>");
const notifier = new AccessNotifier(stack, "Notifier", {
  reconciler,
  templates,
  channels: [
    new EmailChannel({
      from: 'Access "$" % <access@example.com>',
      replyTo: "dba@example.com",
      addresses: ["dba@example.com"],
    }),
    new EmailChannel({
      name: "smtp",
      from: "access@example.com",
      transport: { type: "smtp", secretArn, kmsKeyArn },
    }),
    new SnsChannel({ topicArn: topic.arn, kmsKeyArn, clusters: ["orders"] }),
    new SlackChannel({ webhookSecretArn: secretArn }),
    new TeamsChannel({ webhookSecretArn: secretArn }),
  ],
  tracing: true,
  logKmsKeyArn: kmsKeyArn,
  environmentKmsKeyArn: kmsKeyArn,
  reservedConcurrency: 5,
  codeSigningConfigArn,
  vpc,
  tags,
  bundle,
});
const alarms = new AccessAlarms(stack, "Alarms", { reconciler, notifier, topicArn: topic.arn, tags });
new AccessDashboard(stack, "Dashboard", { reconciler, notifier, alarms });
app.synth();
rmSync(templates, { recursive: true });
