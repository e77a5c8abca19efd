import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../run-cli";

const root = mkdtempSync(join(tmpdir(), "approvals-"));
afterAll(() => rmSync(root, { recursive: true }));

const folder = (name: string, role: string, owner = "Olga"): string => {
  const path = join(root, name);
  mkdirSync(path);
  writeFileSync(
    join(path, "projects.yaml"),
    `shop:\n  owner: { name: ${JSON.stringify(owner)}, email: olga@example.com }\n` +
      "  environments: { prod: { cluster: orders, databases: [shop] } }\n",
  );
  writeFileSync(
    join(path, "jane.yaml"),
    `name: Jane\nemail: jane@example.com\ngrants:\n  - { cluster: orders, databases: [shop], role: ${role} }\n`,
  );
  return path;
};
const [before, after] = [folder("before", "read"), folder("after", "write")];
const approvals = (...args: string[]) => runCli(["approvals", after, "--before", before, ...args]);

describe("approvals", () => {
  it("names each owner with what they have to agree to", async () => {
    expect(await approvals()).toMatchObject({
      code: 0,
      out: expect.stringContaining("olga@example.com (Olga): database orders/shop"),
    });
  });

  it("fails with --check until each of them is among the approvers", async () => {
    const missing = await approvals("--check", "--approvers", "bo@example.com");
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringContaining("olga@example.com has not agreed"),
    });
    expect(await approvals("--check", "--approvers", "bo@example.com,olga@example.com")).toMatchObject({
      code: 0,
    });
    expect(await approvals("--check", "--approvers", "")).toMatchObject({ code: 1 });
    expect((await approvals("--check", "--approvers", "olga-gh")).err).toContain("is no e-mail address");
  });

  it("lets no name begin a line, or pass for another owner", async () => {
    const owner = "::stop-commands::x\nBo <bo@example.com>: @org";
    const [one, other] = [folder("one", "read", owner), folder("other", "write", owner)];
    expect((await runCli(["approvals", other, "--before", one])).out).toBe(
      "olga@example.com (::stop-commands::x Bo <bo@example.com>: @org): database orders/shop",
    );
  });

  it("prints the same as JSON", async () => {
    const { out } = await approvals("--json");
    expect(JSON.parse(out)).toMatchObject({
      format: 1,
      required: [{ owner: "olga@example.com", name: "Olga", touched: ["database orders/shop"], gains: [] }],
      unowned: [],
      missing: [expect.stringContaining("olga@example.com")],
    });
  });
});
