import { RdsCluster } from "@cdktf/provider-aws/lib/rds-cluster";
import { ClusterEndpoint } from "../../../../constructs";
import { clusterIn, importedReconciler, stackOf, statementsOf, synth } from "../synth";

const secretArn = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:own";
const OWN_KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const LOOKUP = "data.aws_rds_cluster.orders-lookup";
const SECRET = `\${${LOOKUP}.master_user_secret[0].secret_arn}`;
const KEY = `\${${LOOKUP}.master_user_secret[0].kms_key_id}`;

const looked = (options: Parameters<typeof ClusterEndpoint.fromLookup>[1]) => {
  const stack = stackOf();
  clusterIn(stack, { endpoint: ClusterEndpoint.fromLookup("orders-prod", options) });
  const { data, resource } = synth(stack);
  const [first] = statementsOf(resource["aws_iam_role_policy"]!["orders-apply"].policy);
  return { lookup: data["aws_rds_cluster"]!["orders-lookup"], first: first! };
};

describe("a cluster that is looked up", () => {
  it("must have a secret that RDS manages, and its key may be used", () => {
    const { first, lookup } = looked({});
    expect(lookup.lifecycle.postcondition).toEqual([
      {
        condition: "${can(self.master_user_secret[0].secret_arn)}",
        error_message: expect.stringMatching(
          /^\[stack\/orders\] the cluster \$\{self\.cluster_identifier\} has no secret .* give `secretArn` or/,
        ),
      },
    ]);
    expect(first).toMatchObject({
      Action: ["secretsmanager:GetSecretValue", "kms:Decrypt"],
      Resource: [SECRET, KEY],
    });
  });

  it("each says its own construct, and reads its own secret", () => {
    const stack = stackOf();
    const reconciler = importedReconciler(stack);
    for (const name of ["orders", "payments", "archive"])
      clusterIn(stack, { reconciler, endpoint: ClusterEndpoint.fromLookup(`${name}-prod`) }, name);
    const { data, resource } = synth(stack);
    for (const name of ["orders", "payments", "archive"]) {
      const { lifecycle } = data["aws_rds_cluster"]![`${name}-lookup`];
      expect(lifecycle.postcondition[0].error_message).toContain(`[stack/${name}] the cluster`);
      const [first] = statementsOf(resource["aws_iam_role_policy"]![`${name}-apply`].policy);
      expect(first!.Resource).toContain(SECRET.replace("orders-lookup", `${name}-lookup`));
    }
  });

  it.each<[string, object, object]>([
    ["another secret", { secretArn }, { Action: ["secretsmanager:GetSecretValue"], Resource: secretArn }],
    [
      "another secret and its key",
      { secretArn, kmsKeyArn: OWN_KEY },
      { Action: ["secretsmanager:GetSecretValue", "kms:Decrypt"], Resource: [secretArn, OWN_KEY] },
    ],
    ["tokens", { iamUser: "steward" }, { Action: ["rds-db:connect"] }],
  ])("needs none with %s", (_, options, statement) => {
    const { first, lookup } = looked(options);
    expect(lookup.lifecycle).toBeUndefined();
    expect(first).toMatchObject(statement);
  });

  it("keeps a key that was given, and assumes a role without any key", () => {
    expect(looked({ kmsKeyArn: OWN_KEY }).first.Resource).toEqual([SECRET, OWN_KEY]);
    expect(looked({ assumeRoleArn: "arn:aws:iam::111122223333:role/steward" }).first).toMatchObject({
      Action: ["sts:AssumeRole"],
      Resource: "arn:aws:iam::111122223333:role/steward",
    });
  });
});

it("a cluster of the same stack gives the key of its secret, too", () => {
  const stack = stackOf();
  const rds = new RdsCluster(stack, "Rds", { engine: "aurora-mysql", manageMasterUserPassword: true });
  clusterIn(stack, { endpoint: ClusterEndpoint.fromRdsCluster(rds) });
  const [first] = statementsOf(synth(stack).resource["aws_iam_role_policy"]!["orders-apply"].policy);
  expect(first!.Resource).toEqual([
    "${aws_rds_cluster.Rds.master_user_secret[0].secret_arn}",
    "${aws_rds_cluster.Rds.master_user_secret[0].kms_key_id}",
  ]);
});
