import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "mysql2/promise";
import { type Cloud, startCloud } from "../../local/cloud/cloud";
import { findTerraform } from "../../local/terraform/terraform";
import { asRoot, column } from "../support/mysql-login";
import { SharedProvider } from "../support/terraform/shared-provider";
import { copyProject, installed, type Run, spacedFolder } from "./project";
import { runAsync } from "./run-async";

const MINUTE = 60_000;
/** The repository's app on the local cloud. */
const LOCAL_APP = ["--app", "node scripts/run.mjs tsx local/demo/app.ts"];
const STACKS = ["aurora-users-shared", "aurora-users-orders", "aurora-users-payments"];

describe("cdktf-cli on main.ts and on the local cloud's app, in a folder with a space", () => {
  const folder = spacedFolder();
  const project = join(folder, "a clone");
  let cloud: Cloud;
  let root: Connection;
  /** For the commands after the first, which installs a provider of its own. */
  let provider: SharedProvider | undefined;
  const environment = () => ({
    ...cloud.description.environment,
    ...provider?.environment,
    AURORA_USERS_LOCAL: join(folder, "cloud.json"),
    TERRAFORM_BINARY_NAME: findTerraform(),
    CI: "1",
    FORCE_COLOR: "0",
    HOME: folder,
    AWS_PROFILE: undefined,
  });
  const directoryOf = (stack: string) => join(project, "cdktf.out", "stacks", stack);
  const cdktf = (...args: string[]): Promise<Run> =>
    runAsync(installed("cdktf"), args, { cwd: project, env: environment() });

  beforeAll(async () => {
    copyProject(project, "shared");
    cloud = await startCloud();
    root = await asRoot(cloud.servers["orders"]!);
    // Without mail, to save time: the AWS provider waits half a minute for each queue that depends on
    // another.
    const { mail: _, ...description } = cloud.description;
    writeFileSync(join(folder, "cloud.json"), JSON.stringify(description));
  }, 5 * MINUTE);
  afterAll(async () => {
    root?.destroy();
    await provider?.stop();
    await cloud?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    "`cdktf synth` writes the shared stack and one stack for each cluster",
    async () => {
      expect(await cdktf("synth")).toMatchObject({ status: 0 });
      for (const stack of STACKS) expect(existsSync(join(directoryOf(stack), "cdk.tf.json"))).toBe(true);
    },
    2 * MINUTE,
  );

  it(
    "the local cloud's app is refused without the local cloud's address, so that it never reaches AWS",
    async () => {
      const app = await runAsync(process.execPath, ["scripts/run.mjs", "tsx", "local/demo/app.ts"], {
        cwd: project,
        env: { ...environment(), AWS_ENDPOINT_URL: undefined },
      });
      expect(app.status).not.toBe(0);
      expect(app.text).toContain(`AWS_ENDPOINT_URL is not ${cloud.description.endpoint}`);
    },
    MINUTE,
  );

  it(
    "`cdktf diff` shows what a stack would create",
    async () => {
      const diff = await cdktf("diff", STACKS[0]!, ...LOCAL_APP, "--skip-provider-lock");
      expect(diff).toMatchObject({
        status: 0,
        text: expect.stringMatching(/Plan: \d+ to add, 0 to change, 0 to destroy/),
      });
    },
    3 * MINUTE,
  );

  it(
    "`cdktf deploy` of all stacks gives all users their access, and the next diff shows no change",
    async () => {
      provider = await SharedProvider.start(directoryOf(STACKS[0]!), cloud.description.environment);
      for (const stack of STACKS) provider.use(directoryOf(stack));
      const deploy = await cdktf("deploy", ...STACKS, ...LOCAL_APP, "--auto-approve", "--skip-provider-lock");
      expect(deploy).toMatchObject({ status: 0 });
      expect(
        await column(root, "SELECT User FROM mysql.user WHERE LEFT(User, 3) = 'sl_' ORDER BY User"),
      ).toContain("sl_jane.doe");
      const diff = await cdktf("diff", "aurora-users-orders", ...LOCAL_APP, "--skip-provider-lock");
      expect(diff).toMatchObject({ status: 0, text: expect.stringContaining("No changes") });
    },
    8 * MINUTE,
  );
});
