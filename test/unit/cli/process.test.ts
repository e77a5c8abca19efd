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

describe("an answer that cannot be written whole", () => {
  const script = (command: string) =>
    spawnSync(
      "bash",
      ["-c", command.replace("CLI", `${process.execPath} --import tsx cli/aurora-users.ts`)],
      {
        cwd: root,
        encoding: "utf8",
      },
    );

  test.each(["CLI who", "CLI schema user", "CLI who --json"])(
    "is no failure if its reader has enough: %s",
    command => {
      const { status, stdout, stderr } = script(`set -o pipefail; ${command} | head -c 1`);
      expect([status, stdout.length, stderr]).toEqual([0, 1, ""]);
    },
  );

  test.each([
    ["the answer", "CLI who > /dev/full", 1],
    ["JSON", "CLI who --json > /dev/full", 1],
    ["help", "CLI --help > /dev/full", 1],
    ["an error", "CLI chek 2> /dev/full", 1],
  ])("is a failure in one line if the disk is full: %s", (_, command, code) => {
    const { status, stderr } = script(command);
    expect(status).toBe(code);
    if (!command.includes("2>"))
      expect(stderr).toBe(
        "aurora-users: the answer could not be written: ENOSPC: no space left on device, write\n",
      );
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
