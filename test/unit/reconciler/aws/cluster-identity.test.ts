import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { RdsClusterIdentity } from "../../../../lambdas/reconciler/aws/cluster-identity";
import { RdsApi } from "../../../../lambdas/reconciler/aws/rds-api";
import { entryWith } from "../sources/source-fixture";

const HOST = "orders.cluster-abcdefghijkl.eu-central-1.rds.amazonaws.com";
const found = (endpoint: string, id: string) => ({
  status: 200,
  xml:
    "<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters><DBCluster>" +
    `<DBClusterIdentifier>orders</DBClusterIdentifier><Endpoint>${endpoint}</Endpoint>` +
    `<ReaderEndpoint>other</ReaderEndpoint><DbClusterResourceId>${id}</DbClusterResourceId>` +
    "</DBCluster></DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>",
});
const refused = (status: number, code: string) => ({
  status,
  xml: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code></Error></ErrorResponse>`,
});

describe("the identity of the cluster at an endpoint", () => {
  let server: Server;
  let answer = found(HOST, "cluster-GREEN");
  const requests: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", chunk => {
        body += chunk;
      });
      request.on("end", () => {
        requests.push({ headers: request.headers, body });
        response.writeHead(answer.status).end(answer.xml);
      });
    });
    await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  });
  beforeEach(() => {
    requests.length = 0;
  });
  afterAll(() => new Promise(resolve => server.close(resolve)));

  const at = (host: string, endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`) =>
    new RdsClusterIdentity(
      new RdsApi(
        async () => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "token" }),
        endpoint,
      ),
    ).resourceIdAt(entryWith([], { host }));

  const CHINA = "orders.cluster-abcdefghijkl.rds.cn-north-1.amazonaws.com.cn";
  test.each([
    [HOST, "eu-central-1"],
    [HOST.toUpperCase(), "eu-central-1"],
    [HOST.replace("eu-central", "cn-north").concat(".cn"), "cn-north-1"],
    [CHINA, "cn-north-1"],
  ])("is the resource id of the cluster at %s", async (host, region) => {
    answer = found(host, "cluster-GREEN");
    expect(await at(host)).toBe("cluster-GREEN");
    const [{ body, headers }] = requests as [(typeof requests)[number]];
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      Action: "DescribeDBClusters",
      Version: "2014-10-31",
      DBClusterIdentifier: expect.stringMatching(/^orders$/i),
    });
    expect(headers).toMatchObject({
      authorization: expect.stringMatching(
        new RegExp(
          `^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\\d{8}/${region}/rds/aws4_request, SignedHeaders=.*Signature=[0-9a-f]{64}$`,
        ),
      ),
      "x-amz-security-token": "token",
    });
  });

  test.each<[string, string, typeof answer]>([
    ["no cluster has", HOST, refused(404, "DBClusterNotFoundFault")],
    ["another cluster of that identifier has not", HOST, found(HOST.replace("abc", "xyz"), "cluster-OTHER")],
  ])("is not known for a host name that %s", async (_, host, given) => {
    answer = given;
    expect(await at(host)).toBeUndefined();
    expect(requests).toHaveLength(1);
  });

  test.each([
    "orders-1.abcdefghijkl.eu-central-1.rds.amazonaws.com",
    "db.example.com",
    "orders.cluster-abc.eu-central-1.rds.amazonaws.com.evil.example",
  ])("is not asked for the host name %s, which is no endpoint of a cluster", async host => {
    expect(await at(host)).toBeUndefined();
    expect(requests).toEqual([]);
  });

  test.each([
    [403, "AccessDenied"],
    [400, "Throttling"],
    [500, "InternalFailure"],
  ])("is an error if AWS answers %s %s", async (status, code) => {
    answer = refused(status, code);
    await expect(at(HOST)).rejects.toThrow(`RDS: ${status} ${code}`);
  });

  it("is an error if AWS does not answer", async () => {
    await expect(at(HOST, "http://127.0.0.1:1")).rejects.toThrow();
  });
});
