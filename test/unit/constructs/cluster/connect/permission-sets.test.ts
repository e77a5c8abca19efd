import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import type { PermissionSetReference } from "../../../../../constructs";
import { clusterIn, stackOf, synth } from "../../synth";

const set = { arn: "arn:aws:sso:::permissionSet/i/ps-1", instanceArn: "arn:aws:sso:::instance/i" };
const managedPolicy = { name: "orders-connect" };

describe("a permission set", () => {
  it("gets a policy of its own, attached by its name, so that its inline policy stays", () => {
    const stack = stackOf();
    clusterIn(stack).grantConnect({ permissionSet: { ...set, managedPolicy } });
    const { resource } = synth(stack);
    expect(resource["aws_ssoadmin_permission_set_inline_policy"]).toBeUndefined();
    const [[id, policy]] = Object.entries(resource["aws_iam_policy"]!) as [[string, object]];
    expect(policy).toMatchObject({ name: "orders-connect", path: "/" });
    const [attachment] = Object.values(resource["aws_ssoadmin_customer_managed_policy_attachment"]!);
    expect(attachment).toMatchObject({
      permission_set_arn: set.arn,
      instance_arn: set.instanceArn,
      customer_managed_policy_reference: { name: `\${aws_iam_policy.${id}.name}`, path: "/" },
    });
  });

  it("is reached by its own provider; the policy is made by the stack's", () => {
    const stack = stackOf();
    const provider = new AwsProvider(stack, "organization", { region: "eu-west-1", alias: "organization" });
    clusterIn(stack).grantConnect({ permissionSet: { ...set, managedPolicy, provider } });
    const { resource } = synth(stack);
    const [attachment] = Object.values(resource["aws_ssoadmin_customer_managed_policy_attachment"]!);
    expect(attachment.provider).toBe("aws.organization");
    expect(Object.values(resource["aws_iam_policy"]!)[0].provider).toBeUndefined();
  });

  test.each<[string, Partial<PermissionSetReference>]>([
    ["neither way", {}],
    ["both ways", { managedPolicy, ownsInlinePolicy: true }],
  ])("is refused with %s of getting the policy", (_, ways) => {
    const cluster = clusterIn(stackOf());
    const grant = () => cluster.grantConnect({ permissionSet: { ...set, ...ways } });
    expect(grant).toThrow(/must have one of `managedPolicy` .* and `ownsInlinePolicy: true`/);
  });

  it("of another stack can name a policy that this one only makes", () => {
    const stack = stackOf();
    clusterIn(stack).grantConnect({ managedPolicy: { name: "connect", path: "/database/" } });
    const { resource } = synth(stack);
    expect(Object.values(resource["aws_iam_policy"]!)[0]).toMatchObject({
      name: "connect",
      path: "/database/",
    });
    expect(Object.keys(resource).filter(type => type.includes("attachment"))).toEqual([]);
  });

  test.each([{ name: "a b" }, { name: "x".repeat(129) }, { name: "a", path: "database" }])(
    "refuses the policy %j",
    policy => {
      const cluster = clusterIn(stackOf());
      expect(() => cluster.grantConnect({ managedPolicy: policy })).toThrow(
        /`managedPolicy\.(name|path)` must be/,
      );
    },
  );
});
