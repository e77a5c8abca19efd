import { type LocalAws, startAws } from "../../../local/aws/aws-endpoint";
import { createFunction, createRole, updateCode, updateConfiguration } from "./uploaded-function";

jest.setTimeout(30_000);

let aws: LocalAws;
beforeAll(async () => {
  aws = await startAws();
  await createRole(aws);
}, 120_000);
afterAll(() => aws?.stop());
afterEach(() => aws.clearFaults());

describe("an uploaded function", () => {
  test("runs its handler with Lambda's context and returns its result", async () => {
    await createFunction(
      aws,
      "context",
      `exports.run = async (event, context) => {
        console.log("hello"); console.error("warning");
        return { event, name: context.functionName, arn: context.invokedFunctionArn, memory: context.memoryLimitInMB,
          id: context.awsRequestId.length, left: context.getRemainingTimeInMillis() };
      };`,
      { Timeout: 9, MemorySize: 256 },
    );
    const { result, functionError, logs } = await aws.invoke("context", { a: 1 });
    expect(functionError).toBeUndefined();
    expect(result).toMatchObject({
      event: { a: 1 },
      name: "context",
      memory: "256",
      id: 36,
      arn: "arn:aws:lambda:eu-central-1:123456789012:function:context",
    });
    const { left } = result as { left: number };
    expect(left).toBeGreaterThan(8_000);
    expect(left).toBeLessThanOrEqual(9_000);
    expect(logs.split("\n").sort()).toEqual(["", "hello", "warning"]);
    expect(aws.invocations.at(-1)).toMatchObject({
      functionName: "context",
      payload: { a: 1 },
      maxRssMb: expect.any(Number),
    });
    expect(aws.invocations.at(-1)!.maxRssMb).toBeGreaterThan(20);
  });

  test("has its own and Lambda's environment variables, and none of this process", async () => {
    process.env["OF_THIS_PROCESS"] = "secret";
    await createFunction(aws, "environment", "exports.run = async () => process.env;", {
      Environment: { Variables: { TABLE: "ledger" } },
    });
    const { result } = await aws.invoke("environment", {});
    expect(Object.keys(result as object).sort()).toEqual([
      ...[
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
      ],
      ...[
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_REGION",
        "AWS_SDK_UA_APP_ID",
      ],
      ...["AWS_SECRET_ACCESS_KEY", "LAMBDA_TASK_ROOT", "LANG", "PATH", "TABLE", "TZ", "_HANDLER"],
    ]);
    expect(result).toMatchObject({
      TABLE: "ledger",
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: "eu-central-1",
    });
  });

  test("stays warm between calls, and starts again when its code or configuration changes", async () => {
    const source = (version: string) =>
      `let calls = 0; exports.run = async () => [process.env.A, "${version}", ++calls, process.pid];`;
    const call = async () => (await aws.invoke("warm", {})).result as [string, string, number, number];
    await createFunction(aws, "warm", source("one"), { Environment: { Variables: { A: "1" } } });
    const first = await call();
    expect(first.slice(0, 3)).toEqual(["1", "one", 1]);
    expect(await call()).toEqual(["1", "one", 2, first[3]]);
    await updateCode(aws, "warm", source("two"));
    expect((await call()).slice(0, 3)).toEqual(["1", "two", 1]);
    await updateConfiguration(aws, "warm", { Environment: { Variables: { A: "2" } } });
    expect((await call()).slice(0, 3)).toEqual(["2", "two", 1]);
    expect((await aws.invoke("warm", {}, "1")).result).toEqual(["1", "one", 1, expect.any(Number)]);
  });

  test("runs concurrent calls in separate processes", async () => {
    await createFunction(
      aws,
      "parallel",
      "exports.run = async () => { await new Promise(r => setTimeout(r, 300)); return process.pid; };",
    );
    const calls = await Promise.all([aws.invoke("parallel", {}), aws.invoke("parallel", {})]);
    expect(new Set(calls.map(call => call.result)).size).toBe(2);
  });

  test("accepts payloads up to 6 MB, and Lambda refuses larger ones", async () => {
    await createFunction(aws, "large", "exports.run = async event => event.text.length;", {
      MemorySize: 512,
    });
    const started = performance.now();
    expect((await aws.invoke("large", { text: "x".repeat(6_000_000) })).result).toBe(6_000_000);
    expect(performance.now() - started).toBeLessThan(3_000);
    await expect(aws.invoke("large", { text: "x".repeat(6 * 1024 * 1024) })).rejects.toThrow(
      /413.*RequestTooLargeException|413.*too large/,
    );
  });
});

describe("a function that fails", () => {
  test("answers an exception with its type, message and trace, and stays warm", async () => {
    await createFunction(
      aws,
      "throws",
      "exports.run = async () => { throw new TypeError('no such thing'); };",
    );
    const { result, functionError, logs } = await aws.invoke("throws", {});
    expect(functionError).toBe("Unhandled");
    expect(result).toMatchObject({
      errorType: "TypeError",
      errorMessage: "no such thing",
      trace: expect.arrayContaining([expect.stringContaining("index.js")]),
    });
    expect(logs).toContain("no such thing");
  });

  test("is killed at its time-out", async () => {
    await createFunction(aws, "slow", "exports.run = () => new Promise(() => setInterval(() => {}, 1000));", {
      Timeout: 1,
    });
    const started = performance.now();
    const { result, functionError } = await aws.invoke("slow", {});
    expect(functionError).toBe("Unhandled");
    expect((result as { errorMessage: string }).errorMessage).toMatch(
      /^\d{4}-\S+Z [0-9a-f-]{36} Task timed out after 1\.00 seconds$/,
    );
    expect(performance.now() - started).toBeLessThan(2_500);
  });

  test("is killed at its time-out in a busy loop, too", async () => {
    await createFunction(aws, "busy", "exports.run = async () => { for (;;); };", { Timeout: 1 });
    expect((await aws.invoke("busy", {})).result).toMatchObject({
      errorMessage: expect.stringContaining("Task timed out after 1.00 seconds"),
    });
  });

  test("is killed when it exceeds its memory", async () => {
    await createFunction(
      aws,
      "greedy",
      "exports.run = async () => { const all = []; for (;;) { all.push(Buffer.alloc(8e6, 1)); await 0; } };",
      { Timeout: 20 },
    );
    const { result, functionError } = await aws.invoke("greedy", {});
    expect(functionError).toBe("Unhandled");
    expect(result).toMatchObject({
      errorType: "Runtime.OutOfMemory",
      errorMessage: expect.stringMatching(/^RequestId: .* Runtime exited with error: signal: \w+$/),
    });
  });

  test("reports an exit, a broken module and a missing handler as Lambda does", async () => {
    await createFunction(aws, "exits", "exports.run = async () => process.exit(3);");
    await createFunction(aws, "broken", "require('not-in-the-zip');");
    await createFunction(aws, "nameless", "exports.other = async () => 1;");
    expect((await aws.invoke("exits", {})).result).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringMatching(/exit status 3$/),
    });
    expect((await aws.invoke("broken", {})).result).toMatchObject({ errorType: "Runtime.ImportModuleError" });
    expect((await aws.invoke("nameless", {})).result).toMatchObject({ errorType: "Runtime.HandlerNotFound" });
  });

  test("is unknown to Lambda when it does not exist", async () => {
    await expect(aws.invoke("nowhere", {})).rejects.toThrow(/404.*not found/i);
  });
});

describe("a fault that a test sets", () => {
  beforeAll(() =>
    createFunction(
      aws,
      "faulty",
      "let n = 0; exports.run = async ms => { await new Promise(r => setTimeout(r, ms)); return ++n; };",
    ),
  );

  test("prevents the function from running, or loses its answer", async () => {
    aws.endContainers();
    aws.fault("faulty", "unreachable");
    await expect(aws.invoke("faulty", 0)).rejects.toThrow("got no answer");
    aws.fault("faulty", "service-error");
    await expect(aws.invoke("faulty", 0)).rejects.toThrow(/500/);
    aws.fault("faulty", null);
    expect((await aws.invoke("faulty", 0)).result).toBe(1);
    aws.fault("faulty", "lose-response", { times: 1 });
    await expect(aws.invoke("faulty", 0)).rejects.toThrow("got no answer");
    expect((await aws.invoke("faulty", 0)).result).toBe(3);
  });

  test("denies the first calls", async () => {
    aws.fault("faulty", { deny: 2 });
    await expect(aws.invoke("faulty", 0)).rejects.toThrow(/403.*not authorized/);
    await expect(aws.invoke("faulty", 0)).rejects.toThrow(/403/);
    expect((await aws.invoke("faulty", 0)).functionError).toBeUndefined();
  });

  test("kills the function before it starts, or while it runs", async () => {
    aws.fault("faulty", "crash");
    expect((await aws.invoke("faulty", 0)).result).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringContaining("signal: killed"),
    });
    aws.fault("faulty", { killAfterMs: 100 });
    expect((await aws.invoke("faulty", 1_500)).functionError).toBe("Unhandled");
    aws.clearFaults();
    expect((await aws.invoke("faulty", 0)).result).toBe(1);
  });
});
