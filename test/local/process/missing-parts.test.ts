import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMoto } from "../../../local/aws/moto-server";
import { startMySql } from "../../../local/mysql/start-mysql";
import { MissingPartError } from "../../../local/process/local-error";
import { findProviderMirror } from "../../../local/terraform/terraform";

const { PATH, AURORA_USERS_CACHE, DOCKER_HOST } = process.env;
let empty: string;

beforeEach(() => {
  empty = mkdtempSync(join(tmpdir(), "aurora-users-empty-"));
  // A machine without apt, Python or a Docker engine.
  Object.assign(process.env, { PATH: empty, AURORA_USERS_CACHE: empty, DOCKER_HOST: "tcp://127.0.0.1:1" });
});
afterEach(() => {
  for (const [name, value] of Object.entries({ PATH, AURORA_USERS_CACHE, DOCKER_HOST })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  delete process.env["AURORA_USERS_TF_MIRROR"];
  rmSync(empty, { recursive: true, force: true });
});

test("if MySQL cannot be provided, the error says what to install", async () => {
  const failed = await startMySql().catch(error => error);
  expect(failed).toBeInstanceOf(MissingPartError);
  expect(failed.message).toBe(
    "MySQL is missing: run this on Debian or a derivative with apt-get, g++ and openssl, or start a Docker engine",
  );
}, 30_000);

test("if moto cannot be provided, the error says what to install", async () => {
  const failed = await startMoto().catch(error => error);
  expect(failed).toBeInstanceOf(MissingPartError);
  expect(failed.message).toContain("pip install 'moto[server]==");
}, 30_000);

test("a provider mirror that does not exist is an error", async () => {
  process.env["AURORA_USERS_TF_MIRROR"] = empty;
  await expect(findProviderMirror()).rejects.toThrow("AURORA_USERS_TF_MIRROR");
});
