import { IdentityCenterAttributes } from "../../../../../constructs";
import { stackOf, synth } from "../../synth";

const instanceArn = "arn:aws:sso:::instance/ssoins-0123456789abcdef";
const attributes = { UserName: "${path:userName}" };

describe("IdentityCenterAttributes", () => {
  it("maps attributes to tags, as text of Identity Center, and cannot be destroyed", () => {
    const stack = stackOf();
    new IdentityCenterAttributes(stack, "A", { instanceArn, attributes });
    const [made] = Object.values(synth(stack).resource["aws_ssoadmin_instance_access_control_attributes"]!);
    expect(made).toMatchObject({
      instance_arn: instanceArn,
      attribute: [{ key: "UserName", value: [{ source: ["$${path:userName}"] }] }],
      lifecycle: { prevent_destroy: true },
    });
  });

  it("is one list for an instance", () => {
    const stack = stackOf();
    new IdentityCenterAttributes(stack, "A", { instanceArn, attributes });
    expect(() => new IdentityCenterAttributes(stack, "B", { instanceArn, attributes })).toThrow(
      /must have one list of attributes, and stack\/A makes it already/,
    );
  });

  test.each([
    ["no attribute", {}],
    ["a key that is no tag's", { "User Name!": "${path:userName}" }],
    ["an empty source", { UserName: "" }],
  ])("refuses %s", (_, wrong) => {
    expect(() => new IdentityCenterAttributes(stackOf(), "A", { instanceArn, attributes: wrong })).toThrow(
      /`attributes` must/,
    );
  });
});
