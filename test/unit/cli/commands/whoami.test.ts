import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeAws } from "../fake-aws";
import { runCli } from "../run-cli";

const before = { env: { ...process.env }, cwd: process.cwd() };
let folder: string;
beforeEach(() => {
  process.env = { ...before.env, AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
  folder = mkdtempSync(join(tmpdir(), "whoami-"));
  process.chdir(folder);
  mkdirSync("users");
  writeFileSync("users/settings.yaml", "prefix: ax\n");
  const grant = (cluster: string, role: string, more = "") =>
    `{ cluster: ${cluster}, databases: [shop], role: ${role}${more} }`;
  const reads = [grant("orders", "read", ", expires: 2026-11-01"), grant("billing", "read")];
  const both = [...reads, grant("billing", "write").replace("shop", "books")];
  writeFileSync(
    "users/jane.yaml",
    `name: Jane\nemail: jane@example.com\naccount: jane.doe\ngrants: [${both}]\n`,
  );
  writeFileSync(
    "users/john.yaml",
    `name: John\nemail: john@example.com\nsuspended: true\ngrants: [${reads[1]}]\n`,
  );
  mkdirSync("cdktf.out/stacks/one", { recursive: true });
  const entry = (name: string) => ({
    host: `${name}.cluster-c1x2.eu-west-1.rds.amazonaws.com`,
    port: 3306,
    region: "eu-west-1",
    prefix: "ax",
  });
  const locals = { "orders-registry": entry("orders"), "billing-registry": entry("billing") };
  writeFileSync("cdktf.out/stacks/one/cdk.tf.json", JSON.stringify({ locals }));
});
afterEach(() => {
  process.env = before.env;
  process.chdir(before.cwd);
  rmSync(folder, { recursive: true, force: true });
});

const lines = (out: string) => out.split("\n").map(line => line.split(/ {2,}/));

test("lists each grant; an account that only reads is shown the reader endpoint of that cluster", async () => {
  const writer = "billing.cluster-c1x2.eu-west-1.rds.amazonaws.com";
  const reader = "orders.cluster-ro-c1x2.eu-west-1.rds.amazonaws.com";
  const expected = [
    ["ACCOUNT", "CLUSTER", "ENDPOINT", "ON", "ROLE", "UNTIL"],
    ["ax_jane.doe", "billing", writer, "books", "write"],
    ["ax_jane.doe", "billing", writer, "shop", "read"],
    ["ax_jane.doe", "orders", reader, "shop", "read", "2026-11-02T00:00:00Z (passed)"],
  ];
  for (const name of ["jane", "jane.doe", "ax_jane.doe", "JANE@example.com"])
    expect(lines((await runCli(["whoami", "--as", name])).out)).toEqual(expected);
});

test("asks AWS for the name of the session", async () => {
  const arn = "arn:aws:sts::111122223333:assumed-role/Dev/john@example.com";
  const aws = await fakeAws(() => `<Arn>${arn}</Arn>`);
  const { out } = await runCli(["whoami", "--json", "--region", "eu-west-1"], { AWS_ENDPOINT_URL: aws.url });
  expect(JSON.parse(out)).toEqual({
    arn,
    name: "john@example.com",
    access: [
      {
        account: "ax_john",
        cluster: "billing",
        endpoint: "billing.cluster-ro-c1x2.eu-west-1.rds.amazonaws.com",
        on: "shop",
        role: "read",
        suspended: true,
      },
    ],
  });
  aws.close();
});

test("says so for a name without a grant", async () => {
  expect(await runCli(["whoami", "--as", "nobody"])).toMatchObject({
    code: 0,
    out: "No grant of the users folder is for nobody.",
  });
});
