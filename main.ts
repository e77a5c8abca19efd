import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { App, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import {
  AccessAlarms,
  AccessDashboard,
  AccessLedger,
  AccessNotifier,
  AccessStackCheck,
  AuroraCluster,
  addUsers,
  type ClusterAttributes,
  ClusterEndpoint,
  EmailChannel,
  type IReconciler,
  Reconciler,
} from "./constructs";

/** What differs from one place to the next. */
interface Place {
  readonly region: string;
  readonly accountId: string;
  readonly clusters: Readonly<Record<string, ClusterAttributes>>;
  /** Who sends e-mail about access, and to whom beside the people concerned. Absent: nobody. By SES, or by the server in a secret. */
  readonly mail?: {
    readonly from: string;
    readonly addresses: readonly string[];
    readonly smtpSecretArn?: string;
  };
  /** The cloud on this machine only: where its services answer, and who signed its certificates. */
  readonly endpoint?: string;
  readonly caFile?: string;
}

/** Your clusters. Nothing in here is secret. */
const production: Place = {
  region: "eu-west-1",
  accountId: "111122223333",
  // mail: { from: "Database access <access@example.com>", addresses: ["dba@example.com"] },
  clusters: {
    orders: {
      endpoint: "orders.cluster-c1abcdefghij.eu-west-1.rds.amazonaws.com",
      resourceId: "cluster-ORDERS0123456789ABCDEFGH",
      secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!cluster-orders-AbCdEf",
    },
    payments: {
      endpoint: "payments.cluster-c1abcdefghij.eu-west-1.rds.amazonaws.com",
      resourceId: "cluster-PAYMENTS0123456789ABCDEF",
      secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!cluster-payments-AbCdEf",
    },
  },
};

/** `npm run local -- up --json` prints what the file holds that this variable names. */
const local = process.env["AURORA_USERS_LOCAL"];
const place: Place = local ? JSON.parse(readFileSync(local, "utf8")) : production;

/** Where each stack keeps its state, and which cloud it works in. */
function provide(stack: TerraformStack): void {
  // State is a local file. In a team, keep it where all see it and one writes at a time:
  // new S3Backend(stack, { bucket: "example-terraform-state", key: `${stack.node.id}.tfstate`, region: "eu-west-1", useLockfile: true });
  const { region, endpoint } = place;
  if (!endpoint) {
    new AwsProvider(stack, "aws", { region, allowedAccountIds: [place.accountId] });
    return;
  }
  const services = [
    ...[
      "cloudwatch",
      "cloudwatchlogs",
      "dynamodb",
      "events",
      "iam",
      "lambda",
      "rds",
      "s3",
      "scheduler",
      "secretsmanager",
    ],
    ...["ses", "sesv2", "sns", "sqs", "ssm", "sts"],
  ];
  new AwsProvider(stack, "aws", {
    region,
    skipCredentialsValidation: true,
    skipMetadataApiCheck: "true",
    skipRequestingAccountId: true,
    s3UsePathStyle: true,
    endpoints: [Object.fromEntries(services.map(service => [service, endpoint]))],
  });
}

/** What all clusters share: ledger, audit trail, functions, and who is told. */
class SharedStack extends TerraformStack {
  readonly reconciler: Reconciler;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    provide(this);
    const ledger = new AccessLedger(this, "Ledger", { deletionProtection: !place.endpoint });
    this.reconciler = new Reconciler(this, "Reconciler", {
      ledger,
      // The functions have to reach the clusters:
      // vpc: { subnetIds: ["subnet-..."], securityGroupIds: ["sg-..."] },
      ...(place.caFile ? { caBundle: readFileSync(place.caFile, "utf8") } : {}),
    });
    new AccessStackCheck(this, "Check", { reconciler: this.reconciler });
    const { reconciler } = this;
    const watched = { reconciler, ...(place.mail ? { notifier: this.notifier(place.mail) } : {}) };
    // Whoever is on call subscribes to the topic.
    const topic = new SnsTopic(this, "AlarmTopic", { name: "aurora-users-alarms" });
    const alarms = new AccessAlarms(this, "Alarms", { ...watched, topicArn: topic.arn });
    new AccessDashboard(this, "Dashboard", { ...watched, alarms });
  }

  private notifier({ from, addresses, smtpSecretArn }: NonNullable<Place["mail"]>): AccessNotifier {
    const transport = smtpSecretArn
      ? { type: "smtp" as const, secretArn: smtpSecretArn }
      : { type: "ses" as const };
    const { reconciler } = this;
    return new AccessNotifier(this, "Notifier", {
      reconciler,
      channels: [new EmailChannel({ from, addresses, transport })],
    });
  }
}

/** One cluster. A stack of its own, so that one that cannot be reached holds up no other. */
class ClusterStack extends TerraformStack {
  readonly cluster: AuroraCluster;

  constructor(scope: Construct, name: string, reconciler: IReconciler) {
    super(scope, `aurora-users-${name}`);
    provide(this);
    const { region, accountId } = place;
    const reference = process.env["AURORA_USERS_REFERENCE"];
    this.cluster = new AuroraCluster(this, name, {
      reconciler,
      endpoint: ClusterEndpoint.fromAttributes({ region, accountId, ...place.clusters[name]! }),
      unmanaged: process.env["AURORA_USERS_UNMANAGED"] === "remove" ? "remove" : "report",
      ...(reference ? { reference } : {}),
    });
  }
}

const app = new App();
const { reconciler } = new SharedStack(app, "aurora-users-shared");
const clusters = Object.keys(place.clusters).map(name => new ClusterStack(app, name, reconciler).cluster);
addUsers(join(__dirname, "users"), clusters);
app.synth();
