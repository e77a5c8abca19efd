/**
 * The app of this repository: one stack for what all clusters share, one stack for each cluster, and the
 * people and services of `users/`. Enter your own clusters in `environment`, then run `npx cdktf deploy '*'`.
 */
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
  type EmailChannelProps,
  type IReconciler,
  Reconciler,
} from "./constructs";

/** What differs between your environments. */
interface Environment {
  readonly region: string;
  readonly accountId: string;
  readonly clusters: Readonly<Record<string, ClusterAttributes>>;
  /** The mails' sender, and who gets those about runs and drift. Without it no mails are sent. */
  readonly mail?: EmailChannelProps;
}

/** Nothing in here is secret. */
const environment: Environment = {
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

/** Where a stack keeps its state, and which AWS account and region it works in. */
function configureBackend(stack: TerraformStack): void {
  // Without a backend the state is a local file. A team needs a shared state with a lock:
  // new S3Backend(stack, {
  //   bucket: "example-terraform-state",
  //   key: `${stack.node.id}.tfstate`,
  //   region: "eu-west-1",
  // });
  // stack.addOverride("terraform.backend.s3.use_lockfile", true);
  const { region, accountId } = environment;
  new AwsProvider(stack, "aws", { region, allowedAccountIds: [accountId] });
}

/** What all clusters share: the ledger, the audit trail, the functions, the mails and the alarms. */
class SharedStack extends TerraformStack {
  readonly reconciler: Reconciler;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    configureBackend(this);
    const ledger = new AccessLedger(this, "Ledger");
    const reconciler = new Reconciler(this, "Reconciler", {
      ledger,
      // The functions must be able to reach the clusters:
      // vpc: { subnetIds: ["subnet-..."], securityGroupIds: ["sg-..."] },
    });
    this.reconciler = reconciler;
    new AccessStackCheck(this, "Check", { reconciler });
    const { mail } = environment;
    const channels = mail ? [new EmailChannel(mail)] : [];
    const notified = mail ? { notifier: new AccessNotifier(this, "Notifier", { reconciler, channels }) } : {};
    // The person on call subscribes to this topic.
    const topic = new SnsTopic(this, "AlarmTopic", { name: "aurora-users-alarms" });
    const alarms = new AccessAlarms(this, "Alarms", { reconciler, ...notified, topicArn: topic.arn });
    new AccessDashboard(this, "Dashboard", { reconciler, ...notified, alarms });
  }
}

/**
 * One cluster. It has a separate stack, so that a cluster that cannot be reached does not block the others.
 */
class ClusterStack extends TerraformStack {
  readonly cluster: AuroraCluster;

  constructor(scope: Construct, name: string, reconciler: IReconciler) {
    super(scope, `aurora-users-${name}`);
    configureBackend(this);
    const { region, accountId, clusters } = environment;
    this.cluster = new AuroraCluster(this, name, {
      reconciler,
      endpoint: ClusterEndpoint.fromAttributes({ region, accountId, ...clusters[name]! }),
      // A ticket or a pipeline run. The audit trail keeps it with what each apply did.
      reference: process.env["AURORA_USERS_REFERENCE"],
    });
  }
}

const app = new App();
const { reconciler } = new SharedStack(app, "aurora-users-shared");
const clusters = Object.keys(environment.clusters).map(
  name => new ClusterStack(app, name, reconciler).cluster,
);
addUsers(join(__dirname, "users"), clusters);
app.synth();
