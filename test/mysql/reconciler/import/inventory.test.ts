import { gunzipSync } from "node:zlib";
import type { InventoryResponse } from "../../../../core/contract/payload";
import { type Inventory, parseInventory } from "../../../../core/import/inventory";
import { inventory } from "../../../../lambdas/reconciler/apply/inventory";
import type { Call } from "../../../../lambdas/reconciler/services/services";
import { sha256Hex } from "../../../../lambdas/runtime/hash";
import { BY_PASSWORD } from "../../../support/cluster";
import { enforcementFixture } from "../enforce/enforcement-fixture";

const REQUEST = { protocol: 1, action: "inventory", cluster: "orders", part: 0 } as const;

describe("the preview function's inventory", () => {
  const fixture = enforcementFixture();
  const read = ({ content }: Pick<InventoryResponse, "content">): Inventory =>
    parseInventory(JSON.parse(gunzipSync(Buffer.from(content, "base64")).toString("utf8")))!;

  beforeAll(async () => {
    await fixture.root.query(`CREATE USER legacy ${BY_PASSWORD}`);
    await fixture.root.query("GRANT SELECT ON orders.* TO legacy");
  });
  beforeEach(() => fixture.root.query(`CREATE USER sl_old ${BY_PASSWORD}`));

  it("says what everyone holds, with the prefix or not, and no hash of a password", async () => {
    const { accounts } = read((await fixture.sendPreview(REQUEST)) as InventoryResponse).observed;
    const legacy = accounts.find(({ user }) => user === "legacy")!;
    expect(legacy).toMatchObject({
      plugin: "caching_sha2_password",
      proof: "secret",
      databases: [{ name: "orders", privileges: ["SELECT"], grantOption: false }],
    });
    expect(accounts.map(({ user }) => user)).toEqual(expect.arrayContaining(["sl_old", "rdsadmin", "root"]));
    const [hashes] = await fixture.root.query("SELECT authentication_string AS hash FROM mysql.user");
    const text = JSON.stringify(accounts);
    for (const { hash } of hashes as { hash: string }[]) if (hash !== "") expect(text).not.toContain(hash);
  });

  it("comes in parts that are one content, and no part after the last", async () => {
    const { services } = fixture;
    const deadline = { left: () => 20_000, leftToLook: () => 20_000 };
    const call: Call = { services, startedAt: services.now(), deadline, payloadHash: "" };
    const ask = (part: number) => inventory({ ...REQUEST, part }, call, 1_000);
    const { parts } = await ask(0);
    expect(parts).toBeGreaterThan(1);
    const all = await Promise.all(Array.from({ length: parts }, (_, part) => ask(part)));
    const content = all.map(one => one.content).join("");
    expect(new Set(all.map(({ sha256 }) => sha256))).toEqual(new Set([sha256Hex(content)]));
    expect(read({ content }).prefix).toBe("sl");
    await expect(ask(parts)).rejects.toThrow(`there is no part ${parts}, but ${parts} from 0`);
  });

  it("changes nothing, and is written into no trail", async () => {
    const before = [
      await fixture.accounts("%"),
      await fixture.everything("audit"),
      await fixture.everything("ledger"),
    ];
    await fixture.sendPreview(REQUEST);
    expect([
      await fixture.accounts("%"),
      await fixture.everything("audit"),
      await fixture.everything("ledger"),
    ]).toEqual(before);
  });

  it.each([
    ["a cluster that nobody declared", { ...REQUEST, cluster: "nowhere" }, /RegistryUnusable/],
    ["a field that it does not have", { ...REQUEST, host: "db.example.com" }, /InvalidInput: .*host/],
    ["another protocol", { ...REQUEST, protocol: 7 }, /UnknownProtocol: .*Upgrade first/],
  ])("is an error for %s", async (_, payload, message) => {
    await expect(fixture.sendPreview(payload)).rejects.toThrow(message);
  });
});
