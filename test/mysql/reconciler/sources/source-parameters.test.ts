import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { joinDocument, pieceNames, type SplitIndex, splitIndexOf } from "../../../../core/source";
import { AccessDeniedRetry } from "../../../../lambdas/reconciler/aws/access-denied-retry";
import { ParameterRegistry } from "../../../../lambdas/reconciler/aws/registry";
import { ssmSourceParameters } from "../../../../lambdas/reconciler/aws/source-parameters";
import { clustersOfParameter } from "../../../../lambdas/reconciler/sources/source-clusters";
import { type LocalAws, startAws } from "../../../../local/aws/aws-endpoint";
import { runCli } from "../../../unit/cli/run-cli";
import { entryWith, shop } from "../../../unit/reconciler/sources/source-fixture";

let aws: LocalAws;
let ssm: SSMClient;
let folder: string;
beforeAll(async () => {
  aws = await startAws();
  Object.assign(process.env, aws.environment);
  ssm = new SSMClient({});
  folder = mkdtempSync(join(tmpdir(), "sources "));
}, 60_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  ssm?.destroy();
  await aws?.stop();
});

const put = (Name: string, Value: string) =>
  ssm.send(new PutParameterCommand({ Name, Value, Type: "String", Overwrite: true }));
const storedIn = async (Name: string) =>
  (await ssm.send(new GetParameterCommand({ Name }))).Parameter?.Value ?? "";
const below = async (Path: string) => {
  const { Parameters = [] } = await ssm.send(new GetParametersByPathCommand({ Path, Recursive: true }));
  return Parameters.map(({ Name }) => Name);
};
const file = (text: string) => {
  const path = join(folder, "document.json");
  writeFileSync(path, text);
  return path;
};
const people = (count: number, reason = "") =>
  JSON.stringify({
    users: Array.from({ length: count }, (_, i) => ({
      name: `u${i}`,
      role: "read",
      reason: reason || undefined,
    })),
  });

describe("parameters as sources", () => {
  it("are read with version and time, and a missing one is ignored", async () => {
    const parameters = ssmSourceParameters(ssm, new AccessDeniedRetry());
    await put("/s/a", "one");
    await put("/s/a", "two");
    expect(await parameters.read("/s/a")).toEqual({
      text: "two",
      version: 2,
      modified: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    expect(await parameters.read("/s/none")).toBeUndefined();
    expect(typeof (await parameters.author("/s/a", 2))).toBe("string");
    expect(await parameters.author("/s/none", 1)).toBeUndefined();
  });

  it("have their pieces read in tens, without the missing ones", async () => {
    const names = Array.from({ length: 23 }, (_, i) => `/pieces/${i}`);
    for (const name of names.slice(1)) await put(name, `piece ${name}`);
    const found = await ssmSourceParameters(ssm, new AccessDeniedRetry()).pieces(names);
    expect([found.size, found.has("/pieces/0"), found.get("/pieces/22")]).toEqual([
      22,
      false,
      "piece /pieces/22",
    ]);
  });

  it("belong to the clusters whose registry entries name them, even if another entry is broken", async () => {
    for (let i = 0; i < 12; i++) {
      const sources = i < 2 ? [{ ...shop, parameter: i === 0 ? "/s/shop" : "top" }] : [];
      await put(`/registry/c${i}`, JSON.stringify({ ...entryWith(sources), cluster: `c${i}` }));
    }
    await put("/registry/broken", "{");
    await put("/registry/sources/shop", "{}");
    const logged: unknown[] = [];
    const log = { error: (...line: unknown[]) => void logged.push(line) } as never;
    const registry = new ParameterRegistry(ssm, "/registry", new AccessDeniedRetry(), { log });
    expect((await registry.entries()).map(({ cluster }) => cluster).sort()).toEqual(
      Array.from({ length: 12 }, (_, i) => `c${i}`).sort(),
    );
    expect(logged).toEqual([["registry entry left out", expect.objectContaining({ cluster: "broken" })]]);
    expect(await clustersOfParameter(registry, "/s/shop")).toEqual(["c0"]);
    expect(await clustersOfParameter(registry, "/top")).toEqual(["c1"]);
    expect(await clustersOfParameter(registry, "/s/shop/0123456789ab/1")).toEqual([]);
    expect(await clustersOfParameter(registry, "/S/shop")).toEqual([]);
  });
});

describe("aurora-users source put", () => {
  const run = (text: string, ...more: string[]) =>
    runCli(["source", "put", file(text), "--parameter", "/s/shop", "--region", "eu-central-1", ...more]);

  it("writes a small document as it is, without its layout", async () => {
    const { code, out } = await run(
      '{\n  "users": [ {"name": "alice", "role": "read", "reason": "a {{b}} c"} ]\n}\n',
    );
    expect([code, out]).toEqual([0, "1 account, no problems; /s/shop is written, version 1"]);
    const stored = await storedIn("/s/shop");
    expect(stored).not.toContain("{{");
    expect(JSON.parse(stored)).toEqual({ users: [{ name: "alice", role: "read", reason: "a {{b}} c" }] });
  });

  it("splits a large one, and deletes the former pieces", async () => {
    const { code, out } = await run(people(300), "--json");
    const written = JSON.parse(out) as { pieces: number; sha256: string; version: number };
    expect([code, written]).toEqual([
      0,
      expect.objectContaining({ accounts: 300, version: 2, parameter: "/s/shop" }),
    ]);
    const index = splitIndexOf(await storedIn("/s/shop")) as SplitIndex;
    expect(index).toEqual({ parts: written.pieces, sha256: written.sha256 });
    expect((await below("/s/shop")).sort()).toEqual(pieceNames("/s/shop", index).sort());

    const reread = ssmSourceParameters(ssm, new AccessDeniedRetry());
    const pieces = await reread.pieces(pieceNames("/s/shop", index));
    expect(joinDocument("/s/shop", index, pieces, () => index.sha256)).toEqual({ text: people(300) });

    await run(people(301));
    const other = splitIndexOf(await storedIn("/s/shop")) as SplitIndex;
    expect((await below("/s/shop")).sort()).toEqual(pieceNames("/s/shop", other).sort());
    await run(people(1));
    expect(await below("/s/shop")).toEqual([]);
  });

  it("writes nothing if the document has problems or its pieces cannot be written", async () => {
    const before = await storedIn("/s/shop");
    const broken = await run('{"users":[{"name":"alice"}]}');
    expect([broken.code, broken.err]).toEqual([
      1,
      expect.stringMatching(/users\[0\]\.role.*\n1 problem; \/s\/shop was not written/),
    ]);
    expect(await storedIn("/s/shop")).toBe(before);
    const flat = await runCli([
      "source",
      "put",
      file(people(300)),
      "--parameter",
      "top",
      "--region",
      "eu-central-1",
    ]);
    expect([flat.code, flat.err]).toEqual([2, expect.stringContaining('must begin with "/"')]);
  });

  it("reports Parameter Store's answer", async () => {
    const { code, err } = await runCli([
      "source",
      "put",
      file(people(1)),
      "--parameter",
      "/aws/x",
      "--region",
      "eu-central-1",
    ]);
    expect([code, err]).toEqual([1, expect.stringMatching(/^\/aws\/x: Parameter Store rejected a call: /)]);
  });
});
