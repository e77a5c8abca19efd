import { gzipSync } from "node:zlib";
import { accountOf } from "../../../../../cli/commands/views/reach";
import { PROTOCOL } from "../../../../../core/contract/protocol";
import type { ReachAnswer } from "../../../../../core/reach/reach-answer";
import { sha256Hex } from "../../../../../lambdas/runtime/hash";
import { type ServedFunction, serveFunction } from "../../../../support/serve-function";
import { runCli } from "../../run-cli";
import { JANE, person, usersFolder } from "./users-folder";

const users = usersFolder({
  "jane.yaml": JANE,
  "bob.yaml": person(
    "bob",
    "{ cluster: a, databases: [shop], role: read }",
    "{ cluster: b, databases: [shop], role: read }",
  ),
});
afterAll(() => users.remove());

const way = {
  kind: "database",
  certainty: "can",
  reads: true,
  writes: false,
  text: "SELECT on `orders`.*",
} as const;
const rows: ReachAnswer["rows"] = [
  {
    user: "sl_jane",
    host: "%",
    kind: "account",
    reads: "can",
    writes: "may",
    ways: [way, { ...way, kind: "routine", certainty: "may", writes: true, text: "procedure `orders`.`p`" }],
    declared: { user: "jane", grants: [{ role: "read", expires: "2026-12-01T00:00:00Z" }] },
  },
  { user: "sl_eve\u001b[2J", host: "10.%", kind: "account", reads: "can", closed: "locked", ways: [way] },
  {
    user: "admin",
    host: "%",
    kind: "administrator",
    reads: "can",
    writes: "can",
    ways: [{ ...way, writes: true }],
  },
  {
    user: "sl_shop",
    host: "%",
    kind: "account",
    reads: "can",
    ways: [way],
    declared: {
      user: "shop",
      source: "shop/prod",
      grants: [{ role: "read" }, { role: "read", team: "dba" }],
    },
  },
];
const ANSWER: ReachAnswer = { form: 1, rows, unseen: [] };

const environment = { ...process.env };
let served: ServedFunction | undefined;
let asked: unknown[] = [];
beforeEach(() => {
  asked = [];
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" });
});
afterEach(() => {
  process.env = { ...environment };
});

async function run(answer: ReachAnswer | Error, ...argv: readonly string[]) {
  served = await serveFunction(async payload => {
    asked.push(payload);
    if (answer instanceof Error) throw answer;
    const content = gzipSync(JSON.stringify(answer)).toString("base64");
    return { protocol: PROTOCOL, parts: 1, sha256: sha256Hex(content), content };
  });
  const env = { AWS_ENDPOINT_URL_LAMBDA: served.endpoint, AWS_REGION: "eu-central-1" };
  const result = await runCli(["reach", "--users", users.folder, ...argv], env);
  await served.close();
  return result;
}

const failure = (name: string, message: string) => Object.assign(new Error(message), { name });

describe("aurora-users reach", () => {
  it("counts the ways that are not listed", async () => {
    const answer = { ...ANSWER, rows: [{ ...rows[0]!, more: 900 }] };
    expect((await run(answer, "orders.customers")).out).toContain("and 900 ways more: the surest are listed");
    const { out } = await run(answer, "orders.customers", "--json");
    expect(JSON.parse(out).accounts[0].more).toBe(900);
  });

  it("forges no line and moves no terminal by names of the server", async () => {
    const hostile = "x\nnobody \u001b[2J\u202E";
    const declared = { user: hostile, source: hostile, grants: [{ role: "read", team: hostile }] };
    const row = { ...rows[0]!, user: hostile, host: hostile, ways: [{ ...way, text: hostile }], declared };
    const { out } = await run({ ...ANSWER, rows: [row], unseen: [hostile] }, "orders.customers");
    expect(out.split("\n")).toHaveLength(3);
    for (const sign of ["\u001b", "\u202E"]) expect(out).not.toContain(sign);
  });

  it("asks about the only cluster where somebody has a grant there, and prints a line for each way", async () => {
    const { code, out } = await run(ANSWER, "orders.customers");
    expect(code).toBe(0);
    expect(asked).toEqual([
      { protocol: 1, action: "reach", cluster: "orders", database: "orders", table: "customers", part: 0 },
    ]);
    expect(out).toMatch(/^ACCOUNT +DECLARED +READS +WRITES +UNTIL +BY\n/);
    expect(out).toMatch(/sl_jane@% +\S+\/users\/jane\.yaml +can/);
    expect(out).toMatch(
      /sl_jane@%.*can +may +2026-12-01T00:00:00Z +SELECT on `orders`\.\*\n +may: procedure/,
    );
    expect(out).toMatch(/sl_eve\\u\{1b\}\[2J@10\.% \(locked\) +UNDECLARED +can +no/);
    expect(out).toMatch(/admin@% +the administrator +can +can/);
    expect(out).toMatch(/sl_shop@% +source shop\/prod, team dba/);
  });

  it("says until when the last of several grants lasts, and nothing if one has no end", () => {
    const until = (...ends: readonly (string | undefined)[]) => {
      const grants = ends.map(expires => ({ role: "read", ...(expires && { expires }) }));
      return accountOf({ ...rows[0]!, declared: { user: "jane", grants } }, new Map(), false).until;
    };
    expect(until("2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-11-01T00:00:00Z")).toMatch(/^2027/);
    expect(until("2026-12-01T00:00:00Z", undefined)).toBeUndefined();
  });

  it("prints JSON with the file of each account, and only who writes with --write", async () => {
    const { out } = await run(ANSWER, "orders.customers", "--json", "--write");
    const answer = JSON.parse(out);
    expect(answer).toMatchObject({ cluster: "orders", database: "orders", table: "customers", unseen: [] });
    expect(answer.accounts.map(({ account }: { account: string }) => account)).toEqual([
      "sl_jane@%",
      "admin@%",
    ]);
    expect(answer.accounts[0]).toMatchObject({
      declared: { user: "jane", file: expect.stringMatching(/users\/jane\.yaml$/) },
      until: "2026-12-01T00:00:00Z",
      ways: [{ kind: "routine", certainty: "may", line: "may: procedure `orders`.`p`" }],
    });
  });

  it("says what the administrator may not see, and that nobody reaches it", async () => {
    const { out } = await run({ ...ANSWER, rows: [], unseen: ["EVENT on *.*: to see events"] }, "orders");
    expect(out).toBe("NOT COMPLETE: the administrator lacks EVENT on *.*: to see events\nnobody");
    expect(asked[0]).not.toHaveProperty("table");
  });

  it.each([
    ["shop", '"shop" is on a, b'],
    ["nothing", 'no grant in the users folder names the database "nothing"'],
    ["orders.", '"orders." is no database and no table'],
  ])("asks for the cluster, or for a better name, where %s does not say it", async (place, message) => {
    expect(await run(ANSWER, place)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
    expect(asked).toEqual([]);
  });

  it("takes the cluster of --cluster", async () => {
    await run(ANSWER, "nothing.t", "--cluster", "b");
    expect(asked).toEqual([expect.objectContaining({ cluster: "b", database: "nothing" })]);
  });

  it("says that the function is older, and hands on what a new one says", async () => {
    const old = failure("InvalidInput", "InvalidInput: the payload is not valid: action: invalid");
    expect((await run(old, "orders")).err).toContain("is of an older release: deploy the reconciler");
    const missing = 'orders: "orders" has no table or view "custmers"';
    expect(await run({ ...ANSWER, rows: [], missing }, "orders.custmers")).toMatchObject({
      code: 2,
      err: `aurora-users: ${missing}`,
    });
  });
});
