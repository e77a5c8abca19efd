import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { type LocalAws, REGION, startAws } from "../../../local/aws/aws-endpoint";
import { DIRECTORY, IdentityCenter } from "../../support/identity-center/local-directory";
import { runCli } from "../../unit/cli/run-cli";

let aws: LocalAws;
let folder: string;
const environment = { ...process.env };
const NAMES = Array.from({ length: 103 }, (_, index) => `person.${index}`);

beforeAll(async () => {
  aws = await startAws();
  Object.assign(process.env, aws.environment);
  folder = mkdtempSync(join(tmpdir(), "teams-"));
  for (const name of NAMES)
    writeFileSync(join(folder, `${name}.yaml`), `name: ${name}\nemail: ${name}@example.com\ngrants: []\n`);
  const owner = "owner: {name: T Z, email: t@example.com}";
  writeFileSync(
    join(folder, "teams.yaml"),
    `# The teams\npay:\n  group: Payments developers\n  ${owner}\n  members: []\n  grants: []\n`,
  );
}, 120_000);
afterAll(async () => {
  process.env = environment;
  rmSync(folder, { recursive: true });
  await aws?.stop();
});

const sync = (...options: string[]) =>
  runCli(["teams", "sync", folder, "--identity-store", DIRECTORY, "--region", REGION, ...options], {
    AWS_ENDPOINT_URL: aws.endpoint,
  });
const members = () => parse(readFileSync(join(folder, "teams.yaml"), "utf8")).pay.members as string[];

describe("teams sync with the directory of the local cloud", () => {
  it("writes all users of a group, more than a page, and takes out who left", async () => {
    expect(await sync()).toMatchObject({
      code: 1,
      err: expect.stringContaining('has no group "Payments developers"'),
    });
    const center = new IdentityCenter(aws.endpoint);
    const ids: string[] = [];
    for (const name of NAMES) ids.push(await center.createUser(name));
    const memberships = await center.createGroup("Payments developers", ids);

    expect(await sync("--check")).toMatchObject({ code: 1 });
    expect(members()).toEqual([]);
    const { code, err, out } = await sync();
    expect([code, err, out.split("\n").at(-1)]).toEqual([0, "", "103 members added, 0 members removed"]);
    expect(members()).toEqual([...NAMES].sort());
    expect(await sync("--check")).toMatchObject({ code: 0 });

    await center.leaveGroup(memberships.get(ids[7]!)!);
    expect(await sync()).toMatchObject({
      code: 0,
      out: "- pay: person.7\n0 members added, 1 member removed",
    });
    expect(members()).toEqual([...NAMES].sort().filter(name => name !== "person.7"));
  }, 120_000);
});
