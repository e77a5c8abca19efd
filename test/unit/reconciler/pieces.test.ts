import { changeSetId, fitNotes, numbered, statementsOf } from "../../../core/contract/change-set";
import { previewRequestSchema } from "../../../core/contract/payload";
import { nameSome } from "../../../core/name-some";
import { AccessDeniedRetry } from "../../../lambdas/reconciler/aws/access-denied-retry";
import { AwsCredentialsReader } from "../../../lambdas/reconciler/aws/credentials";
import { parseRegistryEntry } from "../../../lambdas/reconciler/aws/registry";
import { parsePayload } from "../../../lambdas/reconciler/handlers/parse-payload";
import { lockName } from "../../../lambdas/reconciler/mysql/cluster-lock";
import { privilegesOfColumns, privilegesOfSet } from "../../../lambdas/reconciler/mysql/privilege-columns";
import { readEnvironment } from "../../../lambdas/reconciler/runtime/environment";
import { describeError, LedgerError } from "../../../lambdas/reconciler/runtime/errors";
import { powertoolsLog } from "../../../lambdas/runtime/log";

describe("change sets", () => {
  it("have an id of their time and eight random digits", () => {
    expect(changeSetId(new Date("2027-03-31T12:00:05.123Z"), "1a2b3c4d")).toBe(
      "cs-20270331T120005Z-1a2b3c4d",
    );
  });

  it("keep the order of their statements, also beyond 9,999", () => {
    const sql = Array.from({ length: 12_000 }, (_, i) => `S${i}`);
    const statements = numbered(sql);
    expect(statements["00001"]).toBe("S0");
    expect(statementsOf({ status: "changes", statements, notes: [], plannedAt: "", plannedBy: "" })).toEqual(
      sql,
    );
    expect(numbered(["a"])).toEqual({ "0001": "a" });
  });

  it("say how many notes were left out", () => {
    expect(fitNotes(Array.from({ length: 1_500 }, (_, i) => `n${i}`)).at(-1)).toBe("... and 501 more notes.");
    expect(fitNotes(["x".repeat(9_000)])[0]).toHaveLength(4_096);
  });

  it("name some accounts, each once", () => {
    expect(nameSome(["a", "b", "a"])).toBe("a, b");
    expect(nameSome(["a", "b", "c"], 2)).toBe("a, b and 1 more");
  });
});

describe("the lock's name", () => {
  it("fits MySQL's 64 characters and differs by cluster", () => {
    expect(lockName("orders")).toBe("aurora-users/orders");
    const [a, b] = [`${"x".repeat(62)}a`, `${"x".repeat(62)}b`].map(lockName);
    expect(a!.length).toBeLessThanOrEqual(64);
    expect(a).not.toBe(b);
  });
});

describe("payloads", () => {
  it("are refused with the path of what is wrong, five problems at most, in a message of bounded length", () => {
    const payload = {
      protocol: 1,
      action: "preview",
      cluster: "x y",
      roster: { roles: {}, accounts: { ["k".repeat(100_000)]: 1 } },
    };
    const refuse = () => parsePayload(payload, previewRequestSchema);
    expect(refuse).toThrow(/^the payload is not valid: .*cluster: letters, digits.*; and \d more$/s);
    try {
      refuse();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(2_500);
    }
  });

  it("of an unknown protocol name both numbers", () => {
    expect(() => parsePayload({ protocol: 2 }, previewRequestSchema)).toThrow(
      /protocol 2.*protocol 1.*Upgrade first/,
    );
    expect(() => parsePayload({ protocol: "1" }, previewRequestSchema)).toThrow(/not valid: protocol/);
  });
});

describe("privilege columns", () => {
  it("are read by MySQL's names, also those that only Aurora has", () => {
    const row = {
      Select_priv: "Y",
      Insert_priv: "N",
      Create_tmp_table_priv: "Y",
      Grant_priv: "Y",
      Load_from_S3_priv: "Y",
      Db: "Y",
    };
    expect(privilegesOfColumns(row)).toEqual(["SELECT", "CREATE TEMPORARY TABLES", "LOAD FROM S3"]);
    expect(privilegesOfSet("Select,Create View,Grant")).toEqual({
      privileges: ["SELECT", "CREATE VIEW"],
      grantOption: true,
    });
    expect(privilegesOfSet("")).toEqual({ privileges: [], grantOption: false });
  });
});

describe("the retry after access denied", () => {
  const denied = () => Object.assign(new Error("no"), { name: "AccessDeniedException" });
  it("repeats the call until its time is up, and not after other errors", async () => {
    let clock = 0;
    const patience = new AccessDeniedRetry(
      () => clock,
      async ms => {
        clock += ms;
      },
    );
    patience.begin(10_000);
    let calls = 0;
    await expect(patience.run(async () => (++calls < 4 ? Promise.reject(denied()) : "had"))).resolves.toBe(
      "had",
    );
    await expect(patience.run(() => Promise.reject(new Error("other")))).rejects.toThrow("other");
    await expect(patience.run(() => Promise.reject(denied()))).rejects.toThrow("no");
    expect(clock).toBeLessThanOrEqual(10_000);
    patience.end();
    const before = clock;
    await expect(patience.run(() => Promise.reject(denied()))).rejects.toThrow("no");
    expect(clock).toBe(before);
  });
});

describe("messages and logs", () => {
  it("hold no secret when a secret is malformed", async () => {
    const api = { assumeRole: fail, token: fail, secretText: async () => "hunter2 is no JSON" };
    const entry = { cluster: "orders", region: "r", credentials: { secretArn: "arn:x" } };
    const reading = new AwsCredentialsReader(api, new AccessDeniedRetry()).login(entry as never, false);
    await expect(reading).rejects.toThrow(
      "orders: the secret arn:x holds no JSON object with `username` and `password`",
    );
  });

  it("describe a bug of ours differently from a mistake of the user's", () => {
    expect(describeError(new TypeError("x is undefined"))).toEqual({
      code: "Internal",
      message: expect.stringContaining("This is a bug"),
    });
    expect(describeError(new LedgerError("gone"))).toEqual({ code: "LedgerUnusable", message: "gone" });
  });

  it("name what is missing in the environment and in the registry", () => {
    expect(() => readEnvironment({ LEDGER_TABLE: "l" })).toThrow(/REGISTRY_PATH, AUDIT_TABLE/);
    expect(() => parseRegistryEntry("orders", "/p/orders", "{}")).toThrow(
      /protocol.*Deploy the cluster's stack again/s,
    );
    expect(() => parseRegistryEntry("orders", "/p/orders", "{")).toThrow(/is not JSON/);
  });

  it("are logged as one JSON object a line, from the chosen level on, with the keys of their own call only", () => {
    const lines: string[] = [];
    const written = jest
      .spyOn(process.stdout, "write")
      .mockImplementation(line => lines.push(String(line)) > 0);
    const log = powertoolsLog("shop", "info");
    log.begin({ correlation_id: "cs-0", secret: undefined, cluster: "payments" });
    log.begin({ correlation_id: "cs-1" });
    log.debug("hidden");
    log.info("applied", { statements: 2, text: "orders\n", detail: "done" });
    written.mockRestore();
    const [line, ...others] = lines.join("").trim().split("\n");
    expect(others).toEqual([]);
    expect(JSON.parse(line!)).toEqual({
      level: "INFO",
      message: "applied",
      service: "shop",
      correlation_id: "cs-1",
      statements: 2,
      text: "orders\n",
      detail: "done",
      timestamp: expect.any(String),
      sampling_rate: 0,
    });
  });
});

const fail = (): never => {
  throw new Error("not asked for");
};
