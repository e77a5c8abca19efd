import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { PROTOCOL } from "../../../../../core/contract/protocol";
import type { Inventory } from "../../../../../core/import/inventory";
import type { ObservedAccount } from "../../../../../core/mysql";
import { sha256Hex } from "../../../../../lambdas/runtime/hash";
import { readUsers } from "../../../../../reader";
import { row } from "../../../../support/assemble";
import { inventoryWith } from "../../../../support/inventory";
import { observedAccount } from "../../../../support/observed";
import { type ServedFunction, serveFunction } from "../../../../support/serve-function";
import { runCli } from "../../run-cli";

const byPassword = { plugin: "caching_sha2_password", authenticationString: "$A$005$x", tls: "" };
const found = (user: string, overrides: Partial<ObservedAccount> = {}) =>
  observedAccount(user, { databases: [row("orders", "SELECT")], ...byPassword, ...overrides });
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };

let work: string;
let served: ServedFunction | undefined;
const environment = { ...process.env };
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "import-"));
  Object.assign(process.env, CREDENTIALS);
});
afterEach(async () => {
  process.env = { ...environment };
  await served?.close();
  served = undefined;
  rmSync(work, { recursive: true, force: true });
});

/** The preview function's answer, in so many parts. */
const answering = (inventory: Inventory, parts = 1) => {
  const content = gzipSync(JSON.stringify(inventory)).toString("base64");
  const length = Math.ceil(content.length / parts);
  return async (payload: unknown) => {
    const { part } = payload as { part: number };
    const slice = content.slice(part * length, (part + 1) * length);
    return { protocol: PROTOCOL, parts, sha256: sha256Hex(content), content: slice };
  };
};
const people = (...lines: readonly string[]) => {
  writeFileSync(join(work, "people.csv"), ["account,kind,email", ...lines].join("\n"));
  return ["--people", join(work, "people.csv")];
};
const out = () => join(work, "users");

async function run(handler: (payload: unknown) => Promise<unknown>, ...more: readonly string[]) {
  served = await serveFunction(handler);
  const env = { AWS_ENDPOINT_URL_LAMBDA: served.endpoint, AWS_REGION: "eu-central-1" };
  const {
    code,
    err,
    out: text,
  } = await runCli(["import", "--cluster", "orders", "--out", out(), ...more], env);
  await served.close();
  return { code, err: err.replaceAll(work, ""), text: text.replaceAll(work, "") };
}
const app = [found("sl_app")];
const withApp = () => people("sl_app,service,");

describe("aurora-users import", () => {
  it("asks the preview function, by a signed request, and writes what synthesis reads", async () => {
    const { code, err, text } = await run(answering(inventoryWith(app)), ...withApp());
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(text).toContain("orders: 1 new user file for 1 account");
    expect(text).toContain("The next plan has no statement.");
    expect(text).toContain('databases: ["orders"]');
    expect(text.endsWith("1 file written to /users")).toBe(true);
    expect(served!.calls[0]!.path).toBe("/2015-03-31/functions/aurora-users-preview/invocations");
    expect(served!.calls[0]!.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE\/\d{8}\/eu-central-1\/lambda\/aws4_request/,
    );
    expect(readFileSync(join(out(), "app.yaml"), "utf8")).toBe(
      "name: app\nkind: service\nlogin: existing\ngrants:\n  - cluster: orders\n    databases:\n      - orders\n    role: read\n",
    );
    expect(Object.keys(readUsers(out()).assemble().rosters["orders"]!.accounts)).toEqual(["sl_app"]);
  });

  it("prints the table to fill in, and nothing else, where accounts have no row", async () => {
    const { code, err, text } = await run(answering(inventoryWith([...app, found("sl_jane")])), ...withApp());
    expect({ code, text }).toEqual({
      code: 1,
      text: "account,kind,email,name,username,owner,expires\nsl_jane,service,,,,,",
    });
    expect(err).toBe(
      "1 account has no row in the table of people: sl_jane. Fill in the table above, one row for each, " +
        "and give it with --people. Nothing was written.",
    );
    expect(existsSync(out())).toBe(false);
  });

  it("writes nothing if one file exists, and says which", async () => {
    await run(answering(inventoryWith(app)), ...withApp());
    writeFileSync(join(out(), "new.yaml"), "name: New\nkind: service\ngrants: []\n");
    const all = [...app, found("sl_new"), found("sl_other")];
    const table = people("sl_app,service,", "sl_new,service,", "sl_other,service,");
    const { code, err, text } = await run(answering(inventoryWith(all)), ...table);
    expect({ code, text }).toEqual({ code: 1, text: "" });
    expect(err).toMatch(/^\/users\/new.yaml exists, and is not overwritten\..*\nNothing was written\.$/);
    expect(readdirSync(out()).sort()).toEqual(["app.yaml", "new.yaml"]);
  });

  it("asks nothing about accounts that the folder declares already, and names them", async () => {
    await run(answering(inventoryWith(app)), ...withApp());
    const { code, text } = await run(answering(inventoryWith(app)));
    expect(code).toBe(0);
    expect(text).toContain(
      "orders: 0 new user files for 0 accounts\n\nDeclared in the folder already\n  sl_app\n",
    );
  });

  it("does not overwrite roles.yaml, and says what to add", async () => {
    await run(answering(inventoryWith(app)), ...withApp());
    writeFileSync(join(out(), "roles.yaml"), "read:\n  privileges: [SELECT]\n");
    const drop = found("sl_drop", { databases: [row("orders", "INSERT")] });
    const { code, err } = await run(answering(inventoryWith([...app, drop])), ...people("sl_drop,service,"));
    expect(code).toBe(1);
    expect(err).toContain(
      "roles.yaml exists, and is not overwritten. Add these roles to it, then import again:\ninsert:\n",
    );
    expect(readdirSync(out()).sort()).toEqual(["app.yaml", "roles.yaml"]);
  });

  it("writes nothing with --dry-run, and all of it as JSON with --json", async () => {
    const { text } = await run(answering(inventoryWith(app)), ...withApp(), "--dry-run", "--json");
    expect(existsSync(out())).toBe(false);
    expect(JSON.parse(text)).toMatchObject({
      cluster: "orders",
      asIs: false,
      files: [{ file: "app.yaml", accounts: ["'sl_app'@'%'"] }],
      texts: { "app.yaml": expect.stringContaining("login: existing") },
      statements: [],
      written: [],
    });
  });

  it("announces the statements of the next plan: people log in by IAM token", async () => {
    const jane = people("sl_jane,person,jane@example.com");
    const { text } = await run(answering(inventoryWith([found("sl_jane")])), ...jane);
    expect(text).toContain(
      "The next plan runs 1 statement\n  ALTER USER 'sl_jane'@'%' IDENTIFIED WITH AWSAuth",
    );
  });

  it("leaves out with --as-is what the next plan would change, whatever the reason", async () => {
    writeFileSync(join(work, "none"), "");
    const odd = observedAccount("sl_bot", { databases: [row("orders", "SELECT")] });
    const bot = [
      "account,kind,email,owner,expires",
      "sl_bot,agent,,jane,2027-01-31",
      "sl_jane,person,j@example.com,,",
    ];
    writeFileSync(join(work, "people.csv"), bot.join("\n"));
    const table = ["--people", join(work, "people.csv")];
    const inventory = inventoryWith([odd, found("sl_jane")]);
    const { code, text } = await run(answering(inventory), ...table, "--as-is");
    expect(code).toBe(0);
    // An agent has limits by default, which are statements.
    expect(text).toContain(
      "'sl_bot'@'%': the next plan would not leave it as it is: ALTER USER 'sl_bot'@'%'",
    );
    expect(text).toContain("The next plan has no statement.");
    expect(readdirSync(out())).toEqual(["jane.yaml"]);
  });

  it("puts the parts of a large answer together", async () => {
    const { code } = await run(answering(inventoryWith(app), 7), ...withApp());
    expect([code, served!.calls.length]).toEqual([0, 7]);
  });

  it("begins again if the accounts change while the parts are read, and gives up at the third time", async () => {
    let n = 0;
    const changing = async () => ({
      protocol: PROTOCOL,
      parts: 2,
      sha256: sha256Hex(String(n++)),
      content: "AAAA",
    });
    const { code, err } = await run(changing, ...withApp());
    expect(code).toBe(1);
    expect(err).toContain("The accounts of orders changed each time while they were read.");
    expect(n).toBe(6);
  });

  it.each([
    [
      "of an older release",
      "InvalidInput: the payload is not valid: owner: Invalid input; roster: Invalid input",
      "is of an older release: deploy",
    ],
    [
      "that fails",
      "DatabaseUnreachable: orders: db:3306 did not answer",
      "DatabaseUnreachable: orders: db:3306 did not answer",
    ],
  ])("says what is the matter with a function %s", async (_, message, said) => {
    const failing = async () => {
      throw Object.assign(new Error(message), { name: message.split(":")[0]! });
    };
    const { code, err } = await run(failing, ...withApp());
    expect(code).toBe(1);
    expect(err).toContain(said);
    expect(err).toContain("aurora-users-preview");
  });

  it("says so if another function answers, or one in another form", async () => {
    const { err } = await run(async () => ({ ok: true }), ...withApp());
    expect(err).toContain("does not answer as the preview function does");
    const strange = { ...inventoryWith(app), form: 2 } as unknown as Inventory;
    expect((await run(answering(strange), ...withApp())).err).toContain("in the form of another release");
  });

  it("shows names that control a terminal as escapes, and files read them again", async () => {
    const name = "sl_a\u202eb: {c}";
    const quoted = [`"${name}",service,`, `"sl_#x'y",service,`];
    const { code, text } = await run(
      answering(inventoryWith([found(name), found("sl_#x'y")])),
      ...people(...quoted),
    );
    expect(code).toBe(0);
    expect(text).not.toContain("\u202e");
    // What synthesis refuses is left out with its reason.
    expect(text).toContain("holds an invisible character");
    expect(Object.keys(readUsers(out()).assemble().rosters["orders"]!.accounts)).toEqual(["sl_#x'y"]);
  });
});
