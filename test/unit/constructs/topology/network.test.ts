import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AccessVpcEndpoints,
  type AccessVpcEndpointsProps,
  ClusterNetworkRules,
  type ClusterNetworkRulesProps,
} from "../../../../constructs";
import { ACCOUNT, REGION, stackOf, statementsOf, synth } from "../synth";

const ENDPOINTS: AccessVpcEndpointsProps = {
  vpcId: "vpc-0a1b2c3d",
  subnetIds: ["subnet-0a1b2c3d"],
  routeTableIds: ["rtb-0a1b2c3d"],
  functionSecurityGroupIds: ["sg-0a1b2c3d"],
};

const endpointsOf = (props: Partial<AccessVpcEndpointsProps> = {}) => {
  const stack = stackOf();
  new AccessVpcEndpoints(stack, "Endpoints", { ...ENDPOINTS, ...props });
  const { resource } = synth(stack);
  const endpoints = Object.values(resource["aws_vpc_endpoint"]!).map(({ service_name, ...rest }) => [
    service_name.replace(`com.amazonaws.${REGION}.`, ""),
    rest,
  ]);
  return { resource, endpoints: Object.fromEntries(endpoints) as Record<string, Record<string, unknown>> };
};

const ALL = [
  "dynamodb",
  "email",
  "events",
  "kms",
  "monitoring",
  "rds",
  "s3",
  "scheduler",
  "secretsmanager",
  "sns",
  "ssm",
  "sts",
];

describe("endpoints for functions without the internet", () => {
  it("are those of the services that the functions call", () => {
    const { endpoints } = endpointsOf();
    const sometimes = ["email", "monitoring", "s3", "sns"];
    expect(Object.keys(endpoints).sort()).toEqual(ALL.filter(service => !sometimes.includes(service)));

    // The services, by what the functions' code imports. RDS is called without a client.
    const names: Record<string, string> = {
      cloudwatch: "monitoring",
      eventbridge: "events",
      "secrets-manager": "secretsmanager",
      sesv2: "email",
    };
    const room = join(__dirname, "../../../../lambdas");
    const files = readdirSync(room, { recursive: true, encoding: "utf8" }).filter(file =>
      file.endsWith(".ts"),
    );
    const called = files.flatMap(file =>
      [...readFileSync(join(room, file), "utf8").matchAll(/@aws-sdk\/client-([a-z0-9-]+)/g)].map(
        ([, client]) => names[client!] ?? client!,
      ),
    );
    expect([...new Set([...called, "rds"])].sort()).toEqual(ALL);
  });

  it("are routes for DynamoDB and S3, and addresses that only the functions reach for all others", () => {
    const { endpoints, resource } = endpointsOf({ services: ALL as never });
    for (const service of ALL)
      expect(endpoints[service]).toMatchObject(
        ["dynamodb", "s3"].includes(service)
          ? { vpc_endpoint_type: "Gateway", route_table_ids: ["rtb-0a1b2c3d"] }
          : {
              vpc_endpoint_type: "Interface",
              subnet_ids: ["subnet-0a1b2c3d"],
              security_group_ids: [expect.stringMatching(/^\$\{aws_security_group\..*\.id\}$/)],
              private_dns_enabled: true,
            },
      );
    const rules = Object.values(resource["aws_vpc_security_group_ingress_rule"]!);
    expect(rules).toHaveLength(1);
    expect(rules[0]).toMatchObject({
      referenced_security_group_id: "sg-0a1b2c3d",
      ip_protocol: "tcp",
      from_port: 443,
      to_port: 443,
    });
  });

  it("admit the groups of others in the VPC, each once", () => {
    const { resource } = endpointsOf({ otherSecurityGroupIds: ["sg-other", "sg-0a1b2c3d"] });
    const rules = Object.values(resource["aws_vpc_security_group_ingress_rule"]!);
    expect(rules.map(rule => rule.referenced_security_group_id)).toEqual(["sg-0a1b2c3d", "sg-other"]);
  });

  it("take identities of the stack's account and of the target accounts alone, but for routes, which others use", () => {
    const { endpoints } = endpointsOf({ targetAccountIds: ["444455556666"], services: ALL as never });
    for (const [name, { policy, vpc_endpoint_type }] of Object.entries(endpoints))
      if (vpc_endpoint_type === "Gateway") expect([name, policy]).toEqual([name, undefined]);
      else
        expect(statementsOf(String(policy))).toEqual([
          {
            Effect: "Allow",
            Principal: "*",
            Action: "*",
            Resource: "*",
            Condition: { StringEquals: { "aws:PrincipalAccount": [ACCOUNT, "444455556666"] } },
          },
        ]);
  });

  test.each<[object, string]>([
    [{ vpcId: "x" }, "`vpcId` must be the id of a VPC"],
    [{ subnetIds: [] }, "`subnetIds` must be a list of at least one id"],
    [{ subnetIds: ["sg-0a"] }, "`subnetIds` must be the id of a subnet"],
    [{ routeTableIds: undefined }, "`routeTableIds` must be a list"],
    [{ functionSecurityGroupIds: ["x"] }, "`functionSecurityGroupIds` must be the id of a security group"],
    [{ otherSecurityGroupIds: ["x"] }, "`otherSecurityGroupIds` must be the id of a security group"],
    [{ services: [] }, "`services` must name at least one service"],
    [{ services: ["ec2"] }, "`services` must be one of"],
    [{ targetAccountIds: ["1"] }, "`targetAccountIds` must be the 12 digits"],
  ])("refuse %j", (props, message) => {
    expect(() => endpointsOf(props)).toThrow(message);
  });
});

describe("rules of security groups between functions and a cluster", () => {
  const rulesOf = (props: Partial<ClusterNetworkRulesProps> = {}) => {
    const stack = stackOf();
    new ClusterNetworkRules(stack, "Network", {
      functionSecurityGroupId: "sg-0f",
      clusterSecurityGroupId: "sg-0c",
      ...props,
    });
    return synth(stack).resource;
  };

  it.each([3306, 3307])("open port %s from the functions' group to the cluster's, and nothing else", port => {
    const resource = rulesOf(port === 3306 ? {} : { port });
    const ports = { ip_protocol: "tcp", from_port: port, to_port: port };
    const [egress, ...moreEgress] = Object.values(resource["aws_vpc_security_group_egress_rule"]!);
    const [ingress, ...moreIngress] = Object.values(resource["aws_vpc_security_group_ingress_rule"]!);
    expect([moreEgress, moreIngress]).toEqual([[], []]);
    expect(egress).toMatchObject({
      ...ports,
      security_group_id: "sg-0f",
      referenced_security_group_id: "sg-0c",
    });
    expect(ingress).toMatchObject({
      ...ports,
      security_group_id: "sg-0c",
      referenced_security_group_id: "sg-0f",
    });
  });

  test.each<[object, string]>([
    [{ functionSecurityGroupId: "x" }, "`functionSecurityGroupId` must be the id of a security group"],
    [{ clusterSecurityGroupId: undefined }, "`clusterSecurityGroupId` must be given"],
    [{ port: 0 }, "`port` must be a whole number"],
  ])("refuse %j", (props, message) => {
    expect(() => rulesOf(props)).toThrow(message);
  });
});
