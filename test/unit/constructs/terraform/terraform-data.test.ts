import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { Aspects, TerraformCount, type TerraformResource, type TerraformStack } from "cdktf";
import type { IConstruct } from "constructs";
import { clusterIn, person, reads, stackOf, synth, type Tree } from "../synth";

type Change = (resource: TerraformResource) => void;

/** A cluster with a user, after a change of every resource and data source with one of these identifiers. */
function changed(names: readonly string[], change: Change, records: "grant" | "cluster" = "grant") {
  const stack = stackOf();
  clusterIn(stack, { records }).addGrant(person("jane.doe"), reads("orders"));
  Aspects.of(stack).add({
    visit: (node: IConstruct) => {
      const { friendlyUniqueId } = node as TerraformResource;
      if ("terraformResourceType" in node && names.includes(friendlyUniqueId))
        change(node as TerraformResource);
    },
  });
  return synth(stack);
}

const DATA = ["orders-gate", "jane_doe-on-orders"];
const RECORD = ["jane_doe-on-orders"];
const terraformData = (names: readonly string[], change: Change, records?: "cluster"): Tree =>
  changed(names, change, records).resource["terraform_data"];

describe("an aspect or an override of a gate or a record", () => {
  const plain = terraformData([], () => {});

  it("is carried, and what was there stays", () => {
    const carried = terraformData(DATA, resource => {
      resource.lifecycle = { preventDestroy: true };
      resource.dependsOn = ["aws_iam_role.other"];
      resource.provisioners = [{ type: "local-exec", command: "date" }];
    });
    for (const name of DATA) {
      const { depends_on, lifecycle } = plain[name];
      expect(carried[name]).toMatchObject({
        ...plain[name],
        lifecycle: { ...lifecycle, prevent_destroy: true },
        depends_on: [...(depends_on ?? []), "aws_iam_role.other"],
        provisioner: [{ "local-exec": { command: "date" } }],
      });
    }
    expect(carried["jane_doe-on-orders"].lifecycle.create_before_destroy).toBe(true);
  });

  it.each<[string, Change, object]>([
    [
      "addOverride",
      it => it.addOverride("lifecycle.prevent_destroy", true),
      { lifecycle: { prevent_destroy: true, create_before_destroy: true } },
    ],
    [
      "ignoreChanges",
      it => {
        it.lifecycle = { ignoreChanges: ["input"] };
      },
      { lifecycle: { ignore_changes: ["input"], create_before_destroy: true } },
    ],
    [
      "a provisioner as override",
      it => it.addOverride("provisioner", [{ "local-exec": { command: "date" } }]),
      { provisioner: [{ "local-exec": { command: "date" } }] },
    ],
  ])("%s is carried on records of each kind", (_, change, expected) => {
    expect(terraformData(RECORD, change)["jane_doe-on-orders"]).toMatchObject({
      ...plain["jane_doe-on-orders"],
      ...expected,
    });
    expect(terraformData(["orders-grants"], change, "cluster")["orders-grants"]).toMatchObject(expected);
  });

  it("an identifier of one's own is carried, and so is an import", () => {
    const all = changed(RECORD, it => it.importFrom("0f0f"));
    expect((all as Tree).import).toEqual([{ id: "0f0f", to: "terraform_data.jane_doe-on-orders" }]);
    const stack = stackOf();
    clusterIn(stack).addGrant(person("jane.doe"), reads("orders"));
    const record = stack.node.findAll().find(({ node }) => node.id === "Record-jane_doe-on-orders");
    (record as TerraformResource).resetOverrideLogicalId();
    (record as TerraformResource).overrideLogicalId("jane");
    expect(Object.keys(synth(stack).resource["terraform_data"]!)).toContain("jane");
  });

  it.each<[string, (resource: TerraformResource, stack: TerraformStack) => void]>([
    [
      "provider",
      (it, stack) => {
        it.provider = new AwsProvider(stack, "other", { alias: "other" });
      },
    ],
    [
      "count",
      it => {
        it.count = TerraformCount.of(2);
      },
    ],
    ["input", it => it.addOverride("input.role", "read")],
    ["triggers_replace", it => it.addOverride("triggers_replace", "x")],
    ["depends_on", it => it.addOverride("depends_on", [])],
    ["for_each", it => it.addOverride("for_each", ["a"])],
  ])("of `%s` is refused with the construct's path", (name, change) => {
    for (const identifier of DATA) {
      const at =
        identifier === "orders-gate" ? "stack/orders/Gate" : "stack/orders/.*Record-jane_doe-on-orders";
      expect(() => terraformData([identifier], it => change(it, it.cdktfStack as TerraformStack))).toThrow(
        new RegExp(`\\[${at}\\] \`${name}\` of terraform_data\\.${identifier} cannot be set`),
      );
    }
  });

  it.each<[string, Change]>([
    [
      "false",
      it => {
        it.lifecycle = { createBeforeDestroy: false };
      },
    ],
    ["false as override", it => it.addOverride("lifecycle.create_before_destroy", false)],
    ["deleted", it => it.addOverride("lifecycle", undefined)],
  ])("that would destroy a record before its access is refused: %s", (_, change) => {
    expect(() => terraformData(RECORD, change)).toThrow(/`create_before_destroy` .* must stay true/);
  });

  it("leaves a preview, a hook and a policy to cdktf, which carries all", () => {
    const { data, resource } = changed(["orders-preview", "orders-access", "orders-apply"], it => {
      it.addOverride("lifecycle.postcondition", []);
      it.addOverride("provider", "aws.other");
    });
    const touched = [
      data["aws_lambda_invocation"]!["orders-preview"],
      resource["aws_lambda_invocation"]!["orders-access"],
      resource["aws_iam_role_policy"]!["orders-apply"],
    ];
    for (const one of touched)
      expect(one).toMatchObject({ provider: "aws.other", lifecycle: { postcondition: [] } });
  });
});
