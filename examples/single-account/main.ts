// Everything in one account and region: one stack for what the clusters share, one stack for each cluster.
// Outside this repository, import the constructs from "cdktf-aurora-users".
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { App, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import {
  AccessLedger,
  AccessStackCheck,
  AuroraCluster,
  addUsers,
  ClusterEndpoint,
  type IReconciler,
  Reconciler,
} from "../../constructs";

const provider = { region: "eu-west-1", allowedAccountIds: ["111122223333"] };

export class SharedStack extends TerraformStack {
  readonly reconciler: Reconciler;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, "aws", provider);
    this.reconciler = new Reconciler(this, "Reconciler", {
      ledger: new AccessLedger(this, "Ledger"),
      vpc: { subnetIds: ["subnet-0a1b2c3d"], securityGroupIds: ["sg-0a1b2c3d"] },
    });
    new AccessStackCheck(this, "Check", { reconciler: this.reconciler });
  }
}

/** A cluster that cannot be reached does not block the others, because each has its own stack. */
export class ClusterStack extends TerraformStack {
  readonly cluster: AuroraCluster;

  constructor(scope: Construct, name: string, reconciler: IReconciler) {
    super(scope, `access-${name}`);
    new AwsProvider(this, "aws", provider);
    const endpoint = ClusterEndpoint.fromAttributes({
      endpoint: `${name}.cluster-c1abcdefghij.eu-west-1.rds.amazonaws.com`,
      resourceId: `cluster-${name.toUpperCase()}0123456789ABCDEF`,
      secretArn: `arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!cluster-${name}-AbCdEf`,
    });
    this.cluster = new AuroraCluster(this, name, { reconciler, endpoint });
    this.cluster.grantConnect({ role: "developers" });
  }
}

export function addStacks(app: App): void {
  const { reconciler } = new SharedStack(app, "access-shared");
  const clusters = ["orders", "payments", "billing"].map(
    name => new ClusterStack(app, name, reconciler).cluster,
  );
  addUsers(join(__dirname, "../users"), clusters);
}

if (require.main === module) {
  const app = new App();
  addStacks(app);
  app.synth();
}
