import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "mysql2/promise";
import { type Cloud, startCloud } from "../../local/cloud/cloud";
import { findTerraform } from "../../local/terraform/terraform";
import { asRoot, column } from "../support/mysql-login";
import { copyProject, installed, type Run, spacedFolder } from "./project";
import { runBeside } from "./run-beside";

const MINUTE = 60_000;
const STACKS = ["aurora-users-shared", "aurora-users-orders", "aurora-users-payments"];

describe("cdktf-cli on main.ts, in a folder with a space", () => {
  const folder = spacedFolder();
  const project = join(folder, "a clone");
  let cloud: Cloud;
  let root: Connection;
  const cdktf = (...args: string[]): Promise<Run> =>
    runBeside(installed("cdktf"), args, {
      cwd: project,
      env: {
        ...cloud.description.environment,
        ...{ AURORA_USERS_LOCAL: join(folder, "cloud.json"), TERRAFORM_BINARY_NAME: findTerraform() },
        ...{ CI: "1", FORCE_COLOR: "0", HOME: folder, AWS_PROFILE: undefined },
      },
    });

  beforeAll(async () => {
    copyProject(project, "shared");
    cloud = await startCloud();
    root = await asRoot(cloud.servers["orders"]!);
    // Without mail, as the demo's test has it: the provider takes half a minute for each queue that waits for another.
    const { mail: _, ...place } = cloud.description;
    writeFileSync(join(folder, "cloud.json"), JSON.stringify(place));
  }, 5 * MINUTE);
  afterAll(async () => {
    root?.destroy();
    await cloud?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    "`cdktf synth` writes one stack for what is shared and one for each cluster",
    async () => {
      expect(await cdktf("synth")).toMatchObject({ status: 0 });
      for (const stack of STACKS)
        expect(existsSync(join(project, "cdktf.out", "stacks", stack, "cdk.tf.json"))).toBe(true);
    },
    2 * MINUTE,
  );

  it(
    "`cdktf diff` shows what a stack would make",
    async () => {
      const diff = await cdktf("diff", STACKS[0]!, "--skip-provider-lock");
      expect(diff).toMatchObject({
        status: 0,
        text: expect.stringMatching(/Plan: \d+ to add, 0 to change, 0 to destroy/),
      });
    },
    3 * MINUTE,
  );

  it(
    "`cdktf deploy` of all stacks gives everybody their access, and the next diff shows no change",
    async () => {
      const deploy = await cdktf("deploy", ...STACKS, "--auto-approve", "--skip-provider-lock");
      expect(deploy).toMatchObject({ status: 0 });
      expect(
        await column(root, "SELECT User FROM mysql.user WHERE LEFT(User, 3) = 'sl_' ORDER BY User"),
      ).toContain("sl_jane.doe");
      const diff = await cdktf("diff", "aurora-users-orders", "--skip-provider-lock");
      expect(diff).toMatchObject({ status: 0, text: expect.stringContaining("No changes") });
    },
    8 * MINUTE,
  );
});
