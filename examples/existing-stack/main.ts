// A stack that makes its own cluster and permission set, and lets this package manage the users. Outside this
// repository, import the constructs from "cdktf-aurora-users".
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { RdsClusterInstance } from "@cdktf/provider-aws/lib/rds-cluster-instance";
import { SsoadminPermissionSet } from "@cdktf/provider-aws/lib/ssoadmin-permission-set";
import { App, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { AuroraCluster, ClusterEndpoint, ClusterNetworkRules, Reconciler } from "../../constructs";

export class ShopStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, "aws", { region: "eu-west-1" });

    // What the stack had before.
    const clusterSecurityGroupId = "sg-0c1a57e2";
    const database = new RdsCluster(this, "Database", {
      clusterIdentifier: "shop",
      engine: "aurora-mysql",
      iamDatabaseAuthenticationEnabled: true,
      manageMasterUserPassword: true,
      masterUsername: "admin",
      vpcSecurityGroupIds: [clusterSecurityGroupId],
    });
    const writer = new RdsClusterInstance(this, "Writer", {
      clusterIdentifier: database.id,
      engine: "aurora-mysql",
      instanceClass: "db.t4g.medium",
    });
    const instanceArn = "arn:aws:sso:::instance/ssoins-0123456789abcdef";
    const permissionSet = new SsoadminPermissionSet(this, "Developers", { name: "Developers", instanceArn });

    // What is new. The functions are in the platform team's shared stack; their names are enough.
    const reconciler = Reconciler.fromReconcilerAttributes(this, "Reconciler");
    const rules = new ClusterNetworkRules(this, "Network", {
      functionSecurityGroupId: "sg-0f0c7104",
      clusterSecurityGroupId,
    });
    const shop = new AuroraCluster(this, "shop", {
      reconciler,
      endpoint: ClusterEndpoint.fromRdsCluster(database, { writerInstances: [writer] }),
      ceiling: { privileges: ["SELECT", "INSERT", "UPDATE", "DELETE"], databases: ["shop"] },
      dependsOn: [...rules.dependables],
    });
    shop.addGrant({ kind: "person", user: "jane.doe", name: "Jane Doe", email: "jane.doe@example.com" }, [
      { databases: ["shop"], role: "read" },
    ]);
    // The permission set has no inline policy of its own yet, so this package may own that.
    shop.grantConnect({ permissionSet: { instanceArn, arn: permissionSet.arn, ownsInlinePolicy: true } });
  }
}

if (require.main === module) {
  const app = new App();
  new ShopStack(app, "shop");
  app.synth();
}
