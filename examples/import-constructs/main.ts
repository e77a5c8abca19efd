// Somebody else's app, which has clusters of its own and wants users on them. Outside this repository the constructs come from
// "cdktf-aurora-users".
import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { RdsClusterInstance } from "@cdktf/provider-aws/lib/rds-cluster-instance";
import { App, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { AuroraCluster, ClusterEndpoint, ParameterStoreSource, Reconciler } from "../../constructs";

export class ShopStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new AwsProvider(this, "aws", { region: "eu-west-1" });

    const database = new RdsCluster(this, "Database", {
      clusterIdentifier: "shop",
      engine: "aurora-mysql",
      iamDatabaseAuthenticationEnabled: true,
      manageMasterUserPassword: true,
      masterUsername: "admin",
    });
    const writer = new RdsClusterInstance(this, "Writer", {
      clusterIdentifier: database.id,
      engine: "aurora-mysql",
      instanceClass: "db.t4g.medium",
    });

    // The functions are those of the platform team's shared stack, known by their names.
    const reconciler = Reconciler.fromReconcilerAttributes(this, "Reconciler");
    const shop = new AuroraCluster(this, "shop", {
      reconciler,
      endpoint: ClusterEndpoint.fromRdsCluster(database, { writerInstances: [writer] }),
      ceiling: { privileges: ["SELECT", "INSERT", "UPDATE", "DELETE"], databases: ["shop"] },
      enforcement: { everyMinutes: 5, drift: "repair" },
    });
    shop.addGrant({ kind: "person", user: "jane.doe", name: "Jane Doe", email: "jane.doe@example.com" }, [
      { databases: ["shop"], role: "read", expires: "2027-03-31", reason: "INC-1234" },
    ]);

    // For when the team must act without a pipeline: whoever may write this parameter gives and takes access to these databases.
    new ParameterStoreSource(this, "OnCall", {
      name: "shop/prod",
      clusters: [{ cluster: shop, databases: ["shop"] }],
    });

    const developers = new IamRole(this, "Developers", {
      name: "shop-developers",
      assumeRolePolicy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: ["sts:AssumeRole", "sts:TagSession"],
            Principal: { AWS: "111122223333" },
          },
        ],
      }),
    });
    shop.grantConnect({ role: developers });
  }
}

if (require.main === module) {
  const app = new App();
  new ShopStack(app, "shop");
  app.synth();
}
