import { SsmParameter } from "@cdktf/provider-aws/lib/ssm-parameter";
import { TerraformLocal } from "cdktf";
import { Construct } from "constructs";
import { ClusterEndpoint, type Reconciler } from "../../../../constructs";
import { clusterPolicies } from "../../../../constructs/cluster/cluster-permissions";
import { runRolesOf } from "../../../../constructs/cluster/run-roles/run-roles";
import { runRoleName } from "../../../../constructs/reconciler/run-role-names";
import { IS_WHOLE } from "../../../support/hostile-strings";
import { asGiven, policyLength } from "../../../support/iam-policy";
import {
  ARN,
  clusterIn,
  endpoint,
  iamArn,
  reconcilerIn,
  stackOf,
  statementsOf,
  synth,
  type Tree,
} from "../synth";

const ROLE = "arn:aws:iam::444455556666:role/steward";
const inOtherAccount = () =>
  ClusterEndpoint.fromAttributes({
    endpoint: "orders.example.com",
    resourceId: "cluster-ORDERS",
    secretArn: "arn:aws:secretsmanager:eu-west-1:444455556666:secret:orders",
    assumeRoleArn: ROLE,
  });

/** The statements of a role's policies on a table, as `actions on partitions`. */
const onTable = (resource: Tree, names: string[], table: string) =>
  names
    .flatMap(name => statementsOf(resource["aws_iam_role_policy"][name].policy))
    .filter(({ Resource }) => String(Resource).endsWith(`:table/${table}`))
    .map(({ Action, Condition }) => ({ Action, partitions: Object.values(Condition as Tree)[0] }));

describe("a cluster's run roles", () => {
  it("are two, below the reconciler's path, that the functions assume by the cluster's name alone", () => {
    const stack = stackOf();
    clusterIn(stack);
    const { locals, resource } = synth(stack);
    const roles = resource["aws_iam_role"]!;
    expect(Object.keys(roles)).toEqual(["orders-apply_run", "orders-preview_run"]);
    const trusts = (right: string) => JSON.parse(roles[`orders-${right}_run`].assume_role_policy).Statement;
    const trusting = (...functions: string[]) => [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: `${iamArn()}root` },
        Condition: {
          ArnEquals: { "aws:PrincipalArn": functions.map(name => `${iamArn()}role/aurora-users-${name}`) },
          StringEquals: { "sts:RoleSessionName": "@orders" },
        },
      },
    ];
    expect(trusts("preview")).toEqual(trusting("preview"));
    expect(trusts("apply")).toEqual(trusting("apply", "enforce"));
    for (const right of ["preview", "apply"]) {
      const role = { name: `aurora-users.orders-${right}`, path: "/aurora-users/" };
      expect(roles[`orders-${right}_run`]).toMatchObject(role);
      expect(locals["orders-registry"].runRoles[right]).toBe(`${iamArn()}role${role.path}${role.name}`);
    }
    expect(resource["aws_ssm_parameter"]!["orders-registry"].depends_on).toEqual([
      "aws_iam_role.orders-apply_run",
      "aws_iam_role.orders-preview_run",
    ]);
  });

  it("are others than those of functions with the cluster's name", () => {
    const stack = stackOf();
    const reconciler = reconcilerIn(stack, { name: "orders" });
    const own = Object.keys(synth(stack).resource["aws_iam_role"]!);
    clusterIn(stack, { reconciler });
    expect(Object.keys(synth(stack).resource["aws_iam_role"]!)).toHaveLength(own.length + 2);
  });

  it("are named to functions that exist, and may assume them", () => {
    const stack = stackOf();
    reconcilerIn(stack, { rotation: true });
    clusterIn(stack, { passwords: { rotateAfterDays: 30 } });
    const { depends_on: needs } = synth(stack).resource["aws_ssm_parameter"]!["orders-registry"];
    for (const action of ["preview", "apply", "enforce", "rotate"]) {
      expect(needs).toContain(`aws_lambda_function.aurora-users-${action}`);
      expect(needs).toContain(`aws_iam_role_policy.aurora-users-${action}_base`);
    }
  });

  it("are known by their ARNs, for the trust policy of a role in another account", () => {
    const arns = (runRoles: boolean) => clusterIn(stackOf(), { runRoles }).runRoleArns;
    expect(arns(false)).toBeUndefined();
    const stack = stackOf();
    const { runRoleArns } = clusterIn(stack, { endpoint: inOtherAccount(), runRoles: true });
    new TerraformLocal(stack, "Arns", runRoleArns!).overrideLogicalId("arns");
    const { locals } = synth(stack);
    expect(locals["arns"]).toEqual(locals["orders-registry"].runRoles);
  });

  it("let the rotation function in only where passwords are rotated", () => {
    const stack = stackOf();
    reconcilerIn(stack, { rotation: true });
    clusterIn(stack, { passwords: { rotateAfterDays: 30 } });
    const { resource } = synth(stack);
    expect(resource["aws_iam_role"]!["orders-apply_run"].assume_role_policy).toContain("aurora-users-rotate");
    expect(resource["aws_iam_role"]!["orders-preview_run"].assume_role_policy).not.toContain("rotate");
    // IAM takes no policy without a statement, and no service has a password yet.
    for (const { policy } of Object.values(resource["aws_iam_role_policy"]!))
      expect(statementsOf(policy)).not.toEqual([]);
  });

  it("have this cluster's part of the tables; no one changes or deletes an audit item", () => {
    const stack = stackOf();
    clusterIn(stack);
    const { resource } = synth(stack);
    const [get, query, put, remove] = ["GetItem", "Query", "PutItem", "DeleteItem"].map(
      name => `dynamodb:${name}`,
    );
    expect(onTable(resource, ["orders-preview"], "aurora-users-ledger")).toEqual([
      { Action: [get, query], partitions: { "dynamodb:LeadingKeys": ["orders", "#offboarded"] } },
    ]);
    expect(onTable(resource, ["orders-preview"], "aurora-users-audit")).toEqual([
      { Action: [get, put], partitions: { "dynamodb:LeadingKeys": ["refused#orders"] } },
    ]);
    const acting = ["orders-apply", "orders-enforce"];
    expect(onTable(resource, acting, "aurora-users-ledger")).toEqual([
      { Action: [get, query, put, remove], partitions: { "dynamodb:LeadingKeys": ["orders"] } },
      { Action: [put, remove], partitions: { "dynamodb:LeadingKeys": ["#clusters"] } },
      { Action: [get, query], partitions: { "dynamodb:LeadingKeys": ["#offboarded"] } },
    ]);
    expect(onTable(resource, acting, "aurora-users-audit")).toEqual([
      { Action: [get, query, put], partitions: { "dynamodb:LeadingKeys": ["orders", "refused#orders"] } },
    ]);
  });

  it("move this cluster's expiry schedule alone, and look at no server in another account", () => {
    const operating = (props: object) => {
      const stack = stackOf();
      clusterIn(stack, props);
      return statementsOf(synth(stack).resource["aws_iam_role_policy"]!["orders-enforce"].policy);
    };
    const own = operating({});
    expect(own[0]!.Resource).toBe(`${ARN("scheduler")}schedule/aurora-users/orders-expiry`);
    expect(own.map(({ Action }) => Action[0])).toEqual([
      "scheduler:GetSchedule",
      "iam:PassRole",
      "rds:DescribeDBClusters",
    ]);
    const pausing = { endpoint: ClusterEndpoint.fromLookup("orders-prod", { pausing: true }) };
    expect(operating(pausing).at(-1)!.Action).toEqual(["cloudwatch:GetMetricData"]);
    expect(operating({ endpoint: inOtherAccount(), runRoles: true })).toHaveLength(2);
  });

  it("have their policies at the addresses of earlier releases, which are replaced without a gap", () => {
    const addresses = (runRoles: boolean) => {
      const stack = stackOf();
      clusterIn(stack, { runRoles });
      return synth(stack).resource["aws_iam_role_policy"]!;
    };
    const now = addresses(true);
    expect(Object.keys(now)).toEqual(Object.keys(addresses(false)));
    for (const policy of Object.values(now))
      expect(policy).toMatchObject({
        lifecycle: { create_before_destroy: true },
        depends_on: ["aws_ssm_parameter.orders-registry"],
      });
  });

  it("are made for a cluster in another account only if the stack says so", () => {
    const rolesWith = (props: object) => {
      const stack = stackOf();
      clusterIn(stack, props);
      const { locals, resource } = synth(stack);
      return { roles: resource["aws_iam_role"], entry: locals["orders-registry"], resource };
    };
    const byDefault = rolesWith({ endpoint: inOtherAccount() });
    expect(byDefault.roles).toBeUndefined();
    expect(byDefault.entry).not.toHaveProperty("runRoles");
    const { resource } = rolesWith({ endpoint: inOtherAccount(), runRoles: true });
    const statements = statementsOf(resource["aws_iam_role_policy"]!["orders-preview"].policy);
    expect(statements[0]).toMatchObject({ Action: ["sts:AssumeRole"], Resource: ROLE });
  });

  it("have the permissions boundary of the functions, also of those of another stack", () => {
    const permissionsBoundary = "arn:aws:iam::111122223333:policy/boundary";
    const own = stackOf();
    reconcilerIn(own, { permissionsBoundary });
    clusterIn(own);
    expect(synth(own).resource["aws_iam_role"]!["orders-apply_run"]).toMatchObject({
      permissions_boundary: permissionsBoundary,
    });
  });

  it("are required by name if the functions' own roles reach no cluster", () => {
    const stack = stackOf();
    reconcilerIn(stack, { clusterRolesOnly: true });
    expect(() => clusterIn(stack, { runRoles: false })).toThrow(
      "`runRoles` must be true for orders: aurora-users has `clusterRolesOnly`, so its functions' own roles reach no " +
        "cluster",
    );
    expect(() => clusterIn(stack, { endpoint: inOtherAccount() }, "payments")).toThrow(
      /for payments: .*`assumeRoleArn` has to trust the run roles first/,
    );
  });
});

describe("the name of a run role", () => {
  const names = (name: string) => ({ name }) as Reconciler;
  it("has at most 64 characters, and is another for each reconciler, cluster and right", () => {
    const long = "a".repeat(63);
    const all = ["orders", "Orders", "ORDERS", long, `${long.slice(1)}b`, "b.c", "orders-apply"].flatMap(
      cluster =>
        ["access", "access-b", "r".repeat(40)].flatMap(reconciler => [
          runRoleName(names(reconciler), cluster, "preview"),
          runRoleName(names(reconciler), cluster, "apply"),
        ]),
    );
    for (const name of all) expect(name).toMatch(/^[\w+=,.@-]{1,64}$/);
    // IAM takes names that differ in case for the same.
    expect(new Set(all.map(name => name.toLowerCase())).size).toBe(all.length);
  });
});

/** A cluster of which only the permissions are made: whole ones take a second for each ten. */
class Permissions extends Construct {
  readonly nextResourceIds = undefined;
  readonly everyMinutes = 15;

  constructor(
    scope: Construct,
    readonly name: string,
    readonly reconciler: Reconciler,
  ) {
    super(scope, name);
    const coordinates = endpoint().bind(this, name);
    const secrets = { isRotated: false, statements: () => [], pathStatements: () => [] };
    const runRoles = runRolesOf(this, true, coordinates, secrets);
    const parameter = new SsmParameter(this, "Registry", { name, type: "String" });
    clusterPolicies(this, { coordinates, parameter, secrets, runRoles });
  }
}

describe.each(IS_WHOLE ? [1, 50, 500] : [1, 100])("the policies of %s clusters", count => {
  // As long as names can be.
  const nameOf = (index: number) => `${"n".repeat(58)}-${String(index).padStart(4, "0")}`;
  const name = "r".repeat(40);

  it("fit into what IAM takes", () => {
    const stack = stackOf();
    const reconciler = reconcilerIn(stack, { name, clusterRolesOnly: true, invokers: { preview: ["plan"] } });
    for (let index = 0; index < count; index++) new Permissions(stack, nameOf(index), reconciler);
    const { resource } = synth(stack);
    const roles = Object.values(resource["aws_iam_role"]!);
    expect(roles).toHaveLength(2 * count + 4);
    expect(new Set(roles.map(role => role.name)).size).toBe(roles.length);
    const inline = new Map<string, number>();
    for (const { policy, role } of Object.values(resource["aws_iam_role_policy"]!))
      inline.set(role, (inline.get(role) ?? 0) + policyLength(asGiven(policy)));
    expect(inline.size).toBe(roles.length);
    expect(Math.max(...inline.values())).toBeLessThan(10_240);
    for (const role of roles) {
      expect(role.name.length).toBeLessThanOrEqual(64);
      expect(policyLength(asGiven(role.assume_role_policy))).toBeLessThan(2_048);
    }
    for (const { policy } of Object.values(resource["aws_iam_policy"]!))
      expect(policyLength(asGiven(policy))).toBeLessThan(6_144);
  }, 60_000);
});
