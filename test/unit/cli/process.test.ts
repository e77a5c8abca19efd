import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");
const cli = (...argv: string[]) =>
  spawnSync(process.execPath, ["--import", "tsx", join("cli", "aurora-users.ts"), ...argv], {
    cwd: root,
    encoding: "utf8",
  });
const CLUSTERS_UNCHECKED = "Cluster names were not checked: give every cluster with --cluster.\n";

describe("the process", () => {
  test("finds the users folder in the current one, and ends with 0", () => {
    const { status, stdout, stderr } = cli("check");
    expect([status, stdout.split("\n")[0], stderr]).toEqual([
      0,
      "8 people, 2 services, no problems",
      CLUSTERS_UNCHECKED,
    ]);
  });

  test("ends with 1 for a problem, and with 2 for wrong arguments", () => {
    expect(cli("check", "no-such-folder").status).toBe(1);
    expect(cli("nonsense").status).toBe(2);
  });
});

describe("scripts/generate-schemas.ts --check", () => {
  test("finds the schemas fresh", () => {
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--import", "tsx", join("scripts", "generate-schemas.ts"), "--check"],
      {
        cwd: root,
        encoding: "utf8",
      },
    );
    expect([status, stderr]).toEqual([0, ""]);
  });
});
