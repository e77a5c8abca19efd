import { gunzipSync } from "node:zlib";
import type { InventoryResponse } from "../../../../core/contract/payload";
import { parseReachAnswer, type ReachAnswer } from "../../../../core/reach/reach-answer";
import { wayText } from "../../../../core/reach/way";
import { BY_PASSWORD } from "../../../support/cluster";
import { enforcementFixture } from "../enforce/enforcement-fixture";
import { rosterOf } from "../reconciler-fixture";
import { putUsers, source } from "../sources/source-suite";

const REQUEST = { protocol: 1, action: "reach", cluster: "orders", database: "orders", table: "t", part: 0 };

describe("the preview function's answer about who reaches a table", () => {
  const fixture = enforcementFixture({ entry: { sources: [source] } });
  const ask = async (more: object = {}): Promise<ReachAnswer> => {
    const { content } = (await fixture.sendPreview({ ...REQUEST, ...more })) as InventoryResponse;
    return parseReachAnswer(JSON.parse(gunzipSync(Buffer.from(content, "base64")).toString("utf8")))!;
  };
  const lines = ({ rows }: ReachAnswer, user: string) =>
    rows.find(row => row.user === user)?.ways.map(wayText) ?? [];

  beforeAll(async () => {
    for (const sql of [
      "CREATE TABLE IF NOT EXISTS orders.t (a INT)",
      `CREATE USER legacy ${BY_PASSWORD}, reporter ${BY_PASSWORD}, caller ${BY_PASSWORD}, nobody ${BY_PASSWORD}`,
      "GRANT SELECT ON orders.* TO legacy",
      "CREATE DATABASE reports",
      "CREATE DEFINER = legacy VIEW reports.v AS SELECT a FROM orders.t",
      "CREATE DEFINER = legacy PROCEDURE reports.p() SELECT COUNT(*) FROM orders.t",
      "GRANT SELECT ON reports.v TO reporter",
      "GRANT EXECUTE ON PROCEDURE reports.p TO caller",
    ])
      await fixture.root.query(sql);
  });

  it("names who has a grant, who reads by a view, and who may by a procedure", async () => {
    const answer = await ask();
    expect(answer.unseen).toEqual([]);
    expect(lines(answer, "legacy")).toEqual(["SELECT on `orders`.*"]);
    expect(lines(answer, "reporter")).toEqual(["SELECT on view `reports`.`v`, which runs as legacy@%"]);
    expect(lines(answer, "caller")).toEqual(["may: procedure `reports`.`p`, which runs as legacy@%"]);
    expect(answer.rows.map(({ user }) => user)).not.toContain("nobody");
  });

  it("says what is declared of each, by the stack or by a source, until when, and who is undeclared", async () => {
    await putUsers([{ name: "alice", expires: "2099-03-31" }]);
    await fixture.enforce();
    await fixture.planAndApply("orders", rosterOf({ bob: "write" }));
    const { rows } = await ask();
    const declared = (user: string) => rows.find(row => row.user === user)?.declared;
    expect(declared("sl_bob")).toEqual({ user: "bob", grants: [{ role: "write" }] });
    expect(declared("sl_alice")).toEqual({
      user: "alice",
      source: "shop/prod",
      grants: [{ role: "read", expires: "2099-04-01T00:00:00Z" }],
    });
    expect(declared("legacy")).toBeUndefined();
  });

  it("names the administrator, and the accounts of the server itself", async () => {
    const { rows } = await ask();
    const kinds = new Map(rows.map(({ kind, user }) => [kind, user]));
    expect(kinds.get("administrator")).toBe(fixture.server.admin.username);
    expect(rows.filter(({ kind }) => kind === "server").map(({ user }) => user)).toContain("rdsadmin");
  });

  it("changes nothing, and is written into no trail", async () => {
    const before = [await fixture.everything("audit"), await fixture.everything("ledger")];
    await ask();
    expect([await fixture.everything("audit"), await fixture.everything("ledger")]).toEqual(before);
  });

  it("says what is there instead of a database or table that is not", async () => {
    expect(await ask({ database: "order" })).toMatchObject({
      rows: [],
      missing: expect.stringContaining('"orders"?'),
    });
    expect(await ask({ table: "tt" })).toMatchObject({
      missing: 'orders: "orders" has no table or view "tt"; did you mean "t"?',
    });
  });

  it.each([
    ["a cluster that nobody declared", { cluster: "nowhere" }, /RegistryUnusable/],
    ["a field that it does not have", { host: "db.example.com" }, /InvalidInput: .*host/],
    ["another protocol", { protocol: 7 }, /UnknownProtocol: .*Upgrade first/],
  ])("is an error for %s", async (_, more, message) => {
    await expect(fixture.sendPreview({ ...REQUEST, ...more })).rejects.toThrow(message);
  });
});
