import { Testing } from "cdktf";
import { ParameterStoreSource, type ParameterStoreSourceProps, Reconciler } from "../../../../constructs";
import { registryEntrySchema } from "../../../../core/contract/registry-entry";
import { ARN, clusterIn, stackOf, statementsOf, synth } from "../synth";

const sourceIn = (props: Partial<ParameterStoreSourceProps> = {}, cluster = clusterIn(stackOf())) =>
  new ParameterStoreSource(cluster, "Source", {
    name: "shop/prod",
    clusters: [{ cluster, databases: ["shop"] }],
    roles: { read: ["SELECT"] },
    ...props,
  });

describe("ParameterStoreSource", () => {
  it("is in the registry entry of each of its clusters, in any stack, in the order of names", () => {
    const app = Testing.app();
    const [one, two] = ["one", "two"].map(id => stackOf(app, id));
    const clusters = [clusterIn(one!, {}, "orders"), clusterIn(two!, {}, "payments")];
    const source = (name: string, databases: string[]) =>
      new ParameterStoreSource(one!, name.replace("/", "-"), {
        name,
        clusters: clusters.map(cluster => ({ cluster, databases })),
        roles: { read: ["SELECT"] },
      });
    source("shop/prod", ["shop", "${path.root}"]);
    source("b", ["b"]);
    const entries = [one!, two!].map(
      (stack, index) => synth(stack).locals[`${clusters[index]!.name}-registry`],
    );
    expect(entries[0].sources).toEqual(entries[1].sources);
    expect(registryEntrySchema.parse(entries[0]).sources).toEqual([
      expect.objectContaining({ name: "b" }),
      {
        name: "shop/prod",
        parameter: "/aurora-users-sources/shop/prod",
        databases: ["shop", "$${path.root}"],
        roles: { read: ["SELECT"] },
        maxRemovalShare: 0.5,
        minRemovals: 3,
      },
    ]);
  });

  it("sends changes of this parameter only to the reconciler's queue", () => {
    const stack = stackOf();
    sourceIn({ parameterName: "/teams/shop" }, clusterIn(stack));
    const { resource } = synth(stack);
    const address = "aurora-users-source-shop_-2f_prod";
    const rule = resource["aws_cloudwatch_event_rule"]![address];
    expect(rule.name).toBe("aurora-users-source-shop.prod");
    expect(JSON.parse(rule.event_pattern)).toEqual({
      source: ["aws.ssm"],
      "detail-type": ["Parameter Store Change"],
      detail: { name: ["/teams/shop"], operation: ["Create", "Update", "Delete"] },
    });
    expect(resource["aws_cloudwatch_event_target"]![address]).toMatchObject({
      arn: `${ARN("sqs")}aurora-users-sources`,
      dead_letter_config: { arn: `${ARN("sqs")}aurora-users-dead-letters` },
    });
  });

  it("lets enforcement read the parameter, its parts and its history, and no one write it", () => {
    const stack = stackOf();
    sourceIn({ kmsKeyArn: "arn:aws:kms:eu-west-1:111122223333:key/k" }, clusterIn(stack));
    const { resource } = synth(stack);
    const policy = resource["aws_iam_role_policy"]!["aurora-users-source-shop_-2f_prod"];
    expect(policy.role).toBe("aurora-users-enforce");
    expect(statementsOf(policy.policy).map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [
        ["ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters"],
        ["", "/*"].map(end => `${ARN("ssm")}parameter/aurora-users-sources/shop/prod${end}`),
      ],
      [["kms:Decrypt"], "arn:aws:kms:eu-west-1:111122223333:key/k"],
    ]);
    expect(JSON.stringify(resource)).not.toContain("ssm:PutParameter");
  });

  test.each<[string, Partial<ParameterStoreSourceProps>, RegExp]>([
    ["no cluster", { clusters: [] }, /`clusters` must name at least one/],
    ["a name that is an expression", { name: "${path.root}" }, /`parameterName`|`name`/],
    [
      "a name that is too long for a rule",
      { name: "x".repeat(60) },
      /`name` must have at most 44 characters/,
    ],
    [
      "a role above the ceiling",
      { roles: { admin: ["ALTER ROUTINE"] } },
      /`roles` must .* got: admin with ALTER ROUTINE/,
    ],
    ["an unknown privilege", { roles: { x: ["SUPER" as never] } }, /x with SUPER/],
    [
      "a parameter of the registry",
      { parameterName: "/aurora-users/orders" },
      /must not be below the registry's path/,
    ],
    [
      "a parameter that is reserved for AWS",
      { parameterName: "/aws/x" },
      /`parameterName` must be the full name/,
    ],
    [
      "a parameter that is an expression",
      { parameterName: "/${path.root}" },
      /`parameterName` must be the full name/,
    ],
    ["a share above one", { maxRemovalShare: 2 }, /`maxRemovalShare`/],
    [
      "a key that is an expression",
      { kmsKeyArn: "${path.root}" },
      /`kmsKeyArn` must be the ARN of a KMS key/,
    ],
  ])("refuses %s", (_, props, message) => expect(() => sourceIn(props)).toThrow(message));

  it.each([
    ["a system database", {}, ["mysql"]],
    [
      "outside the ceiling",
      { ceiling: { privileges: ["SELECT"] as const, databases: ["shop"] } },
      ["shop", "other"],
    ],
  ])("refuses a database that is %s", (_, props, databases) => {
    const cluster = clusterIn(stackOf(), props);
    expect(() => sourceIn({ clusters: [{ cluster, databases }] }, cluster)).toThrow(
      /`databases` must stay within the ceiling of orders/,
    );
  });

  it("refuses clusters of different reconcilers, and a second source of the same name", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    const other = clusterIn(
      stack,
      { reconciler: Reconciler.fromReconcilerAttributes(stack, "Other", { name: "other" }) },
      "b",
    );
    const databases = ["a"];
    expect(() =>
      sourceIn(
        {
          clusters: [
            { cluster, databases },
            { cluster: other, databases },
          ],
        },
        cluster,
      ),
    ).toThrow(/same reconciler/);
    const again = clusterIn(stackOf());
    sourceIn({}, again);
    expect(
      () =>
        new ParameterStoreSource(again, "Again", {
          name: "shop/prod",
          clusters: [{ cluster: again, databases }],
          parameterName: "/another",
          roles: { read: ["SELECT"] },
        }),
    ).toThrow(/two sources named shop\/prod/);
  });

  it("is refused if the cluster's registry entry would be too large for a parameter", () => {
    const stack = stackOf();
    const databases = Array.from(
      { length: 140 },
      (_, index) => `database_with_a_name_of_some_sixty_letters_${index}_xxxxxxxxx`,
    );
    sourceIn({}, clusterIn(stack));
    const { resource } = synth(stack);
    expect(resource["aws_ssm_parameter"]!["orders-registry"]).not.toHaveProperty("tier");
    const large = stackOf();
    const cluster = clusterIn(large);
    sourceIn({ clusters: [{ cluster, databases }] }, cluster);
    expect(() => synth(large)).toThrow(
      /the registry entry of orders must have at most 8192 bytes; with its 1 sources/,
    );
    const middling = stackOf();
    const other = clusterIn(middling);
    sourceIn({ clusters: [{ cluster: other, databases: databases.slice(0, 60) }] }, other);
    expect(synth(middling).resource["aws_ssm_parameter"]!["orders-registry"].tier).toBe("Advanced");
  });
});
