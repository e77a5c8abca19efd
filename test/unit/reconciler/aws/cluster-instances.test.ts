import { RdsClusterInstances } from "../../../../lambdas/reconciler/aws/cluster-instances";
import { RdsError } from "../../../../lambdas/reconciler/aws/rds-api";
import { entryWith } from "../sources/source-fixture";

const DOMAIN = "abcdefghijkl.eu-west-1.rds.amazonaws.com";
const HOST = `orders.cluster-${DOMAIN}`;
const arn = (identifier: string, region = "eu-west-1", account = "123456789012") =>
  `arn:aws:rds:${region}:${account}:cluster:${identifier}`;

interface Cluster {
  readonly id?: string;
  readonly identifier?: string;
  readonly endpoint?: string;
  readonly members?: readonly string[];
  readonly arn?: string;
  readonly global?: string;
}
/** The first member is the writer. */
const clusterXml = ({ id = "cluster-A", identifier = "orders", endpoint = HOST, ...rest }: Cluster) =>
  `<DBCluster><DBClusterIdentifier>${identifier}</DBClusterIdentifier><Endpoint>${endpoint}</Endpoint>` +
  `<DBClusterMembers>${(rest.members ?? [])
    .map(
      (name, index) =>
        `<DBClusterMember><IsClusterWriter>${index === 0}</IsClusterWriter><DBInstanceIdentifier>${name}</DBInstanceIdentifier></DBClusterMember>`,
    )
    .join(
      "",
    )}</DBClusterMembers>${rest.global ? `<GlobalClusterIdentifier>${rest.global}</GlobalClusterIdentifier>` : ""}` +
  `<DBClusterArn>${rest.arn ?? arn(identifier)}</DBClusterArn><DbClusterResourceId>${id}</DbClusterResourceId></DBCluster>`;
const clusters = (...all: readonly Cluster[]) => `<DBClusters>${all.map(clusterXml).join("")}</DBClusters>`;

interface Instance {
  readonly cluster?: string;
  readonly status?: string;
  readonly host?: string;
  readonly port?: string;
}
const instance = (name: string, { cluster = "orders", status = "available", ...at }: Instance = {}) =>
  `<DBInstance><DBInstanceIdentifier>${name}</DBInstanceIdentifier><DBInstanceStatus>${status}</DBInstanceStatus>` +
  `${at.host === "" ? "" : `<Endpoint><Port>${at.port ?? "3306"}</Port><Address>${at.host ?? `${name}.${DOMAIN}`}</Address></Endpoint>`}` +
  `<DBClusterIdentifier>${cluster}</DBClusterIdentifier></DBInstance>`;
const page = (instances: readonly string[], marker = "") =>
  `<DBInstances>${instances.join("")}</DBInstances>${marker && `<Marker>${marker}</Marker>`}`;

describe("the instances of a cluster", () => {
  const asked: string[] = [];
  const answers = new Map<string, string | Error>();
  beforeEach(() => {
    asked.length = 0;
    answers.clear();
  });

  const find = (overrides: Parameters<typeof entryWith>[1] = {}) =>
    new RdsClusterInstances({
      ask: async (_, region, { Action, DBClusterIdentifier, Marker = "" }) => {
        const key = [Action, region === "eu-west-1" ? "" : region, DBClusterIdentifier, Marker]
          .filter(Boolean)
          .join(" ");
        asked.push(key);
        const answer = answers.get(key) ?? new RdsError(`RDS: 400 no answer to ${key}`);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    }).find(entryWith([], { host: HOST, ...overrides }));
  const answer = (key: string, text: string | Error) => answers.set(key, text);
  const names = async (overrides?: Parameters<typeof entryWith>[1]) =>
    (await find(overrides)).instances.map(({ name }) => name);

  it("are its members, each at its own endpoint", async () => {
    answer("DescribeDBClusters", clusters({ members: ["orders-1", "orders-2"] }));
    answer("DescribeDBInstances", page([instance("orders-2"), instance("orders-1", { port: "3307" })]));
    expect(await find()).toEqual({
      unknown: [],
      instances: [
        {
          name: "orders-1",
          region: "eu-west-1",
          endpoint: { host: `orders-1.${DOMAIN}`, port: 3307 },
          isWriter: true,
          status: "available",
        },
        {
          name: "orders-2",
          region: "eu-west-1",
          endpoint: { host: `orders-2.${DOMAIN}`, port: 3306 },
          isWriter: false,
          status: "available",
        },
      ],
    });
  });

  it("are not asked for where there is one only", async () => {
    answer("DescribeDBClusters", clusters({ members: ["orders-1"] }));
    expect(await find()).toEqual({ instances: [], unknown: [] });
    expect(asked).toEqual(["DescribeDBClusters"]);
  });

  it.each<[string, string]>([
    ["another cluster's", instance("orders-2", { cluster: "other" })],
    ["at a host that is not of RDS", instance("orders-2", { host: "orders-2.evil.example" })],
    [
      "at a host of another region",
      instance("orders-2", { host: "orders-2.abc.eu-west-2.rds.amazonaws.com" }),
    ],
    [
      "at a host that only begins like RDS",
      instance("orders-2", { host: `orders-2.${DOMAIN}.evil.example` }),
    ],
    ["without an endpoint yet", instance("orders-2", { host: "", status: "creating" })],
    ["without a port", instance("orders-2", { port: "0" })],
    ["not described", ""],
  ])("have no endpoint if RDS describes one as %s", async (_, described) => {
    answer("DescribeDBClusters", clusters({ members: ["orders-1", "orders-2"] }));
    answer("DescribeDBInstances", page([instance("orders-1"), described, instance("stranger")]));
    const { instances } = await find();
    expect(instances.map(({ name }) => name)).toEqual(["orders-1", "orders-2"]);
    expect(instances[1]).toMatchObject({ endpoint: undefined, isWriter: false });
  });

  it("may be being deleted", async () => {
    answer("DescribeDBClusters", clusters({ members: ["orders-1", "orders-2"] }));
    answer("DescribeDBInstances", page([instance("orders-2", { status: "deleting" })]));
    expect((await find()).instances[1]).toMatchObject({ status: "deleting", endpoint: { port: 3306 } });
  });

  it("are read page by page, and not for ever", async () => {
    const members = Array.from({ length: 100 }, (_, index) => `i-${index}`);
    answer("DescribeDBClusters", clusters({ members }));
    answer(
      "DescribeDBInstances",
      page(
        members.slice(0, 60).map(name => instance(name)),
        "p2",
      ),
    );
    answer(
      "DescribeDBInstances p2",
      page(
        members.slice(60).map(name => instance(name)),
        "p2",
      ),
    );
    const { instances } = await find();
    expect(instances.filter(({ endpoint }) => endpoint)).toHaveLength(100);
    expect(asked).toHaveLength(11);
  });

  it.each<[string, readonly Cluster[]]>([
    ["another resource id", [{ id: "cluster-B", members: ["x-1", "x-2"] }]],
    ["another endpoint", [{ endpoint: `other.cluster-${DOMAIN}`, members: ["x-1", "x-2"] }]],
    ["nothing", []],
  ])("are unknown if RDS answers with %s", async (_, found) => {
    answer("DescribeDBClusters", clusters(...found));
    expect(await find()).toEqual({
      instances: [],
      unknown: [`RDS has no cluster cluster-A with the endpoint ${HOST}`],
    });
    expect(asked).toHaveLength(1);
  });

  it("are those of the cluster that was named to take its place, once it has the endpoint", async () => {
    const blue = {
      endpoint: `orders-old1.cluster-${DOMAIN}`,
      identifier: "orders-old1",
      members: ["b-1", "b-2"],
    };
    answer("DescribeDBClusters", clusters(blue, { id: "cluster-B", members: ["g-1", "g-2"] }));
    answer("DescribeDBInstances", page([instance("g-1"), instance("g-2")]));
    expect(await names({ nextResourceIds: ["cluster-B"] })).toEqual(["g-1", "g-2"]);
  });

  it("are found by the resource id behind a host name of one's own", async () => {
    answer("DescribeDBClusters", clusters({ members: ["orders-1", "orders-2"] }));
    answer("DescribeDBInstances", page([instance("orders-2", { host: "localhost" })]));
    expect((await find({ host: "localhost" })).instances[1]).toMatchObject({
      endpoint: { host: "localhost" },
    });
  });

  describe("of a global database", () => {
    const west = arn("orders-west", "us-west-2");
    const globals = (...arns: readonly string[]) =>
      `<GlobalClusterMember><GlobalClusterMembers>${arns
        .map(
          one =>
            `<GlobalClusterMember><DBClusterArn>${one}</DBClusterArn><IsWriter>true</IsWriter></GlobalClusterMember>`,
        )
        .join("")}</GlobalClusterMembers></GlobalClusterMember>`;
    beforeEach(() => {
      answer("DescribeDBClusters", clusters({ members: ["orders-1", "orders-2"], global: "shop" }));
      answer("DescribeDBInstances", page([instance("orders-1"), instance("orders-2")]));
      answer("DescribeGlobalClusters", globals(arn("orders"), west));
      const there = { id: "cluster-W", identifier: "orders-west", arn: west, members: ["w-1"] };
      answer("DescribeDBClusters us-west-2 orders-west", clusters(there));
      const at = { cluster: "orders-west", host: "w-1.mnop.us-west-2.rds.amazonaws.com" };
      answer("DescribeDBInstances us-west-2", page([instance("w-1", at)]));
    });

    it("are those of all its clusters, each in its region", async () => {
      const { instances, unknown } = await find();
      expect(unknown).toEqual([]);
      expect(instances.map(({ name }) => name)).toEqual(["orders-1", "orders-2", "w-1 in us-west-2"]);
      expect(instances.map(({ resourceId }) => resourceId)).toEqual([undefined, undefined, "cluster-W"]);
      expect(instances[2]).toMatchObject({ isWriter: false, region: "us-west-2", endpoint: { port: 3306 } });
    });

    it.each<[string, string, string | Error]>([
      ["the global database is another one", "DescribeGlobalClusters", globals(arn("other"), west)],
      [
        "the function may not ask",
        "DescribeGlobalClusters",
        new RdsError("RDS: 403 AccessDenied", "AccessDenied"),
      ],
      [
        "the other region answers with another cluster",
        "DescribeDBClusters us-west-2 orders-west",
        clusters({
          identifier: "orders-west",
          arn: arn("orders-west", "us-west-2", "999999999999"),
          members: ["w-1"],
        }),
      ],
      ["the other region cannot be reached", "DescribeDBInstances us-west-2", new RdsError("no way")],
    ])("are the cluster's own if %s", async (_, key, given) => {
      answer(key, given);
      const { instances, unknown } = await find();
      expect(instances.map(({ name }) => name)).toEqual(["orders-1", "orders-2"]);
      expect(unknown).toHaveLength(1);
    });

    it("are the cluster's own if sessions are to end there only", async () => {
      expect(await names({ endSessionsOn: "cluster" })).toEqual(["orders-1", "orders-2"]);
      expect(asked).toEqual(["DescribeDBClusters", "DescribeDBInstances"]);
    });

    it("of another account are not asked for", async () => {
      answer(
        "DescribeGlobalClusters",
        globals(arn("orders"), arn("orders-west", "us-west-2", "999999999999")),
      );
      expect(await names()).toEqual(["orders-1", "orders-2"]);
    });
  });
});
