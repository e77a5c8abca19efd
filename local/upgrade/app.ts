/**
 * The app of `scripts/upgrade-from.sh`: a shared stack and one stack for each cluster of the local cloud, a
 * source in Parameter Store, and the people and services of a users folder. It runs with today's constructs
 * and, as a copy in which the names of `API_CHANGES` are replaced, with those of an older version.
 *
 * It reads the environment variable `AURORA_USERS_UPGRADE`: a file that holds an `AppConfiguration` as JSON.
 */
import { readFileSync } from "node:fs";
import { AwsProvider, type AwsProviderConfig } from "@cdktf/provider-aws/lib/provider";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic";
import { App, TerraformStack } from "cdktf";
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
  ParameterStoreSource,
  Reconciler,
  SHIPPED_ROLES,
} from "../../constructs";

interface AppConfiguration {
  readonly provider: AwsProviderConfig;
  readonly region: string;
  readonly accountId: string;
  readonly caFile: string;
  readonly clusters: Readonly<Record<string, ClusterAttributes>>;
  readonly mail: {
    readonly from: string;
    readonly addresses: readonly string[];
    readonly smtpSecretArn: string;
  };
  readonly usersFolder: string;
  /** The cluster and the databases that the document in Parameter Store may give access to. */
  readonly source: {
    readonly name: string;
    readonly cluster: string;
    readonly databases: readonly string[];
  };
}

const configuration: AppConfiguration = JSON.parse(
  readFileSync(process.env["AURORA_USERS_UPGRADE"] ?? "", "utf8"),
);
const { region, accountId, mail, source } = configuration;
const app = new App();

function stackOf(name: string): TerraformStack {
  const stack = new TerraformStack(app, `aurora-users-${name}`);
  new AwsProvider(stack, "aws", configuration.provider);
  return stack;
}

const shared = stackOf("shared");
const reconciler = new Reconciler(shared, "Reconciler", {
  ledger: new AccessLedger(shared, "Ledger", { deletionProtection: false }),
  caBundle: readFileSync(configuration.caFile, "utf8"),
});
new AccessStackCheck(shared, "Check", { reconciler });
const notifier = new AccessNotifier(shared, "Notifier", {
  reconciler,
  channels: [
    new EmailChannel({
      from: mail.from,
      addresses: mail.addresses,
      transport: { type: "smtp", secretArn: mail.smtpSecretArn },
    }),
  ],
});
const topic = new SnsTopic(shared, "AlarmTopic", { name: "aurora-users-alarms" });
const alarms = new AccessAlarms(shared, "Alarms", { reconciler, notifier, topicArn: topic.arn });
new AccessDashboard(shared, "Dashboard", { reconciler, notifier, alarms });

const { trusted_admin: _, ...sourceRoles } = SHIPPED_ROLES;
const clusters = Object.entries(configuration.clusters).map(([name, attributes]) => {
  const stack = stackOf(name);
  const cluster = new AuroraCluster(stack, name, {
    reconciler,
    endpoint: ClusterEndpoint.fromAttributes({ region, accountId, ...attributes }),
  });
  if (name === source.cluster) {
    new ParameterStoreSource(stack, "Source", {
      name: source.name,
      clusters: [{ cluster, databases: source.databases }],
      // The default of earlier releases.
      roles: sourceRoles,
    });
  }
  return cluster;
});
addUsers(configuration.usersFolder, clusters);
app.synth();
