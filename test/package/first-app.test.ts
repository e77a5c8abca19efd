import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cloud, startCloud } from "../../local/cloud/cloud";
import { findTerraform } from "../../local/terraform/terraform";
import { logIn } from "../support/mysql-login";
import { complaint, installed, ROOT, spacedFolder } from "./project";
import { runAsync } from "./run-async";

const MINUTE = 60_000;
const BLOCK = /```(?:ts|yaml)\n(?:#|\/\/) (\S+)\n([^`]*)```/g;
/** The files that docs/first-app.md shows, by the name in their first line. */
const FILES = [...readFileSync(join(ROOT, "docs/first-app.md"), "utf8").matchAll(BLOCK)].map(
  ([, name = "", text = ""]) => ({ name, text }),
);

describe("the app of docs/first-app.md, in an empty folder next to the clone", () => {
  const folder = spacedFolder();
  const project = join(folder, "my-access");
  let cloud: Cloud;

  const command = async (program: string, ...args: string[]): Promise<string> => {
    const run = await runAsync(installed(program), args, {
      cwd: project,
      env: {
        ...cloud.description.environment,
        TERRAFORM_BINARY_NAME: findTerraform(),
        CI: "1",
        FORCE_COLOR: "0",
        HOME: folder,
        AWS_PROFILE: undefined,
      },
    });
    expect(complaint(run)).toBe("");
    return run.stdout;
  };
  const cdktf = (...args: string[]) => command("cdktf", ...args, "database-access", "--skip-provider-lock");

  beforeAll(async () => {
    cloud = await startCloud({ clusters: ["orders"] });
    mkdirSync(join(folder, "aurora-users"));
    writeFileSync(join(folder, "aurora-users", "cloud.json"), JSON.stringify(cloud.description));
    const packages = join(project, "node_modules");
    mkdirSync(join(packages, "cdktf-aurora-users"), { recursive: true });
    const constructs = JSON.stringify(join(ROOT, "constructs"));
    writeFileSync(join(packages, "cdktf-aurora-users", "index.ts"), `export * from ${constructs};\n`);
    for (const name of ["cdktf", "@cdktf", "constructs", ".bin"])
      symlinkSync(join(ROOT, "node_modules", name), join(packages, name));
    mkdirSync(join(project, "users"));
    for (const { name, text } of FILES) writeFileSync(join(project, name), text);
    writeFileSync(join(project, "cdktf.json"), '{ "language": "typescript", "app": "npx tsx main.ts" }');
  }, 5 * MINUTE);
  afterAll(async () => {
    await cloud?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it(
    "has a first plan, lets people in, and then has nothing to do",
    async () => {
      expect(FILES.map(({ name }) => name)).toEqual([
        "users/jane.doe.yaml",
        "users/order-sync.yaml",
        "main.ts",
      ]);
      expect(await cdktf("diff")).toMatch(
        /order-sync-on-orders[\s\S]*Plan: \d+ to add, 0 to change, 0 to destroy/,
      );
      await cdktf("deploy", "--auto-approve");
      const server = cloud.servers["orders"]!;
      const user = "sl_jane.doe";
      const where = ["--host", "localhost", "--port", `${server.port}`, "--region", "eu-central-1"];
      const token = await command(
        "tsx",
        join(ROOT, "cli/aurora-users.ts"),
        "token",
        ...where,
        "--user",
        user,
      );
      const session = await logIn(server, user, token.trim());
      session.destroy();
      expect(await cdktf("diff")).toContain("No changes");
    },
    8 * MINUTE,
  );
});
