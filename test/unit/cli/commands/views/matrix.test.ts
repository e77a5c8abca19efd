import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../../run-cli";
import { JANE, person, usersFolder } from "./users-folder";

const BOB = person("bob", "{ cluster: payments, databases: [ledger], role: read }");

describe("aurora-users matrix and who", () => {
  const users = usersFolder({ "jane.yaml": JANE, "bob.yaml": BOB });
  afterAll(() => users.remove());
  const run = (command: string, ...more: readonly string[]) => runCli([command, users.folder, ...more]);

  it("prints people by databases, a table for each cluster, with what ends soon and what has ended", async () => {
    const { code, out } = await run("matrix");
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      "orders",
      "USER  ARCHIVE                  ORDERS",
      "jane  write, ended 2026-11-01  read, until 2026-11-30, ends soon",
      "",
      "payments",
      "USER  LEDGER",
      "bob   read",
      "jane  admin",
      "",
    ]);
  });

  it("marks what ends within --ending, and shows the clusters of --cluster alone", async () => {
    expect((await run("matrix", "--ending", "1w")).out).toContain("read, until 2026-11-30\n");
    expect((await run("matrix", "--cluster", "payments")).out).not.toContain("orders");
    expect(await run("matrix", "--cluster", "paiments")).toMatchObject({
      code: 2,
      err: expect.stringContaining('no grant names "paiments"'),
    });
    expect(await run("matrix", "--ending", "soon")).toMatchObject({ code: 2 });
  });

  it("prints CSV whose cells are no formulas", async () => {
    expect((await run("matrix", "--csv")).out.split("\n")).toEqual([
      '"user","email","orders/archive","orders/orders","payments/ledger"',
      '"bob","bob@example.com","","","read"',
      '"jane","jane@example.com","write, ended 2026-11-01","read, until 2026-11-30, ends soon","admin"',
    ]);
    const { out } = await run("who", "--csv", "--user", "jane", "--cluster", "orders");
    expect(out.split("\n")).toEqual([
      '"account","user","email","cluster","database","object","role","expires","reason","options","team"',
      '"sl_jane","jane","jane@example.com","orders","archive","","write","2026-11-02T00:00:00Z","","",""',
      '"sl_jane","jane","jane@example.com","orders","orders","","read","2026-12-01T00:00:00Z","\'=HYPERLINK(1)","",""',
    ]);
  });

  it("lists with who --ending what ends within the time, and neither what has ended nor what has no end", async () => {
    const { out } = await run("who", "--ending", "30d", "--json");
    expect(JSON.parse(out)).toEqual([
      expect.objectContaining({ database: "orders", expires: "2026-12-01T00:00:00Z" }),
    ]);
    expect((await run("who", "--ending", "3d")).out).toBe("nobody");
  });

  it("writes the page to a file, or prints it", async () => {
    const file = join(users.work, "matrix.html");
    expect(await run("matrix", "--html", file)).toMatchObject({
      code: 0,
      out: `2 people written to ${file}`,
    });
    const { out } = await run("matrix", "--html", "-");
    expect(`${out}`).toBe(readFileSync(file, "utf8"));
  });

  it("writes no page over a file of the users folder, and says why it cannot write one", async () => {
    const file = join(users.folder, "jane.yaml");
    expect(await run("matrix", "--html", file)).toMatchObject({
      code: 2,
      err: expect.stringContaining("ends with .html"),
    });
    expect(readFileSync(file, "utf8")).toBe(JANE);
    expect(await run("matrix", "--html", join(users.work, "nowhere", "x.html"))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/nothing was written: ENOENT/),
    });
  });

  it.each([
    ["matrix", "--csv", "--html=-"],
    ["who", "--csv", "--json"],
  ])("refuses two answers at once: %s %s %s", async (command, ...more) => {
    expect(await run(command!, ...more)).toMatchObject({
      code: 2,
      err: expect.stringContaining("choose one"),
    });
  });
});
