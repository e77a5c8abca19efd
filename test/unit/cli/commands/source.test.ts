import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../run-cli";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sources "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const check = (text: string, ...more: string[]) => {
  const file = join(folder, "shop.json");
  writeFileSync(file, text);
  return runCli(["source", "check", file, ...more]);
};

describe("aurora-users source", () => {
  test("counts the accounts of a document that is good", async () => {
    const { code, out } = await check(
      '{"users":[{"name":"alice","role":"read"},{"name":"bob","role":"any","databases":["x"]}]}',
    );
    expect([code, out]).toEqual([0, "2 accounts, no problems"]);
    expect(JSON.parse((await check('{"users":[]}', "--json")).out)).toMatchObject({
      accounts: 0,
      problems: [],
    });
  });

  test("reports each problem with its place, with exit code 1", async () => {
    const { code, err, out } = await check(
      '{"users":[{"name":"alice","role":"read","expires":"tomorrow"},{"nam":"bob","role":"read"}]}',
    );
    expect([code, out]).toEqual([1, ""]);
    expect(err.replaceAll(`${folder}/`, "").split("\n")).toEqual([
      expect.stringMatching(/^shop\.json: users\[1\]\.name: /),
      "shop.json: users[1].nam: unknown key",
      "2 problems",
    ]);
    const broken = await check('{"users":[}', "--json");
    expect([broken.code, JSON.parse(broken.out).problems]).toEqual([
      1,
      ['line 1, column 11: expected a value, found "}"'],
    ]);
  });

  test("checks names against those that it is given", async () => {
    const document = '{"users":[{"name":"alice","role":"raed","databases":["shop","payroll"]}]}';
    const { code, err } = await check(document, "--databases", "shop,stock", "--roles", "read,write");
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('users[0].role: unknown role "raed"; there are: read, write'),
    ]);
    expect(err).toContain(
      'users[0].databases[1]: "payroll" is not among the databases of this source: shop, stock',
    );
  });

  test("measures accounts with the cluster's prefix", async () => {
    const document = JSON.stringify({ users: [{ name: "a".repeat(29), role: "read" }] });
    expect((await check(document)).code).toBe(0);
    expect((await check(document, "--prefix", "prod")).err).toContain("has 34 characters; MySQL takes 32");
    expect((await check(document, "--prefix", "p_")).code).toBe(2);
  });

  test("refuses an unknown action, and writes only with a parameter and a region", async () => {
    const file = join(folder, "none.json");
    expect(await runCli(["source", "send", file])).toMatchObject({
      code: 2,
      err: expect.stringContaining("there are: check, put"),
    });
    expect(await runCli(["source", "put", file])).toMatchObject({
      code: 2,
      err: expect.stringContaining("`--parameter"),
    });
    expect(await runCli(["source", "put", file, "--parameter", "/p"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("`--region` is missing"),
    });
    expect(
      await runCli(["source", "put", file, "--parameter", "/p", "--region", "r", "--type", "x"]),
    ).toMatchObject({ code: 2 });
    expect(await runCli(["source", "check", file])).toMatchObject({
      code: 1,
      err: expect.stringContaining("ENOENT"),
    });
  });
});
