import {
  CreateScheduleCommand,
  GetScheduleCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";

import { CALLER_CREDENTIALS, type LocalAws, REGION, startAws } from "../../../local/aws/aws-endpoint";
import { nextOccurrence, parseScheduleExpression } from "../../../local/messaging/schedule-expression";
import { createFunction, createRole } from "../lambda/uploaded-function";

jest.setTimeout(30_000);

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const FUNCTION_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:tick";

let aws: LocalAws;
let scheduler: SchedulerClient;
beforeAll(async () => {
  aws = await startAws();
  scheduler = new SchedulerClient({
    endpoint: aws.endpoint,
    region: REGION,
    credentials: CALLER_CREDENTIALS,
  });
}, 120_000);
afterAll(async () => {
  scheduler?.destroy();
  await aws?.stop();
});
beforeEach(async () => {
  await aws.reset();
  await createRole(aws);
  await createFunction(
    aws,
    "tick",
    `exports.run = async event => { if (event.fail) throw new Error("it failed"); return { event, now: Date.now() }; };`,
  );
});

/** `2026-03-01T10:00:00`, the form in `at(...)`. */
const stamp = (moment: number) => new Date(moment).toISOString().slice(0, 19);
const start = () => Math.ceil(Date.now() / DAY) * DAY;

async function schedule(
  name: string,
  expression: string,
  input: object = { name },
  more: object = {},
): Promise<void> {
  await scheduler.send(
    new CreateScheduleCommand({
      Name: name,
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: "OFF" },
      Target: {
        Arn: FUNCTION_ARN,
        RoleArn: "arn:aws:iam::123456789012:role/function",
        Input: JSON.stringify(input),
      },
      ...more,
    }),
  );
}

describe("the clock", () => {
  test("sets the Date of cold and warm functions, forwards and backwards; timers and remaining time stay real", async () => {
    await createFunction(
      aws,
      "clock",
      `const loaded = Date.now();
      class Later extends Date {}
      exports.run = async (event, context) => {
        const before = performance.now();
        await new Promise(resolve => setTimeout(resolve, 20));
        return { loaded, pid: process.pid, now: Date.now(), made: new Date().getTime(), text: Date(), given: new Date(5).getTime(),
          parts: new Date(2026, 0, 2, 3).toISOString(), parsed: Date.parse("2026-01-01"), utc: Date.UTC(2026, 0),
          later: new Later() instanceof Date && new Later().getTime(), same: new Date().constructor === Date,
          waited: performance.now() - before, left: context.getRemainingTimeInMillis() };
      };`,
      { Timeout: 9 },
    );
    const call = async () =>
      (await aws.invoke("clock", {})).result as Record<string, number> & { text: string };
    const cold = await call();
    expect(Math.abs(cold["now"]! - Date.now())).toBeLessThan(5_000);
    for (const days of [200, -201]) {
      aws.clock.advance(days * DAY);
      const expected = aws.clock.now().getTime();
      const seen = await call();
      for (const key of ["now", "made", "later"]) expect(Math.abs(seen[key]! - expected)).toBeLessThan(5_000);
      expect(Math.abs(Date.parse(seen.text) - expected)).toBeLessThan(6_000);
      expect(seen).toMatchObject({ pid: cold["pid"], loaded: cold["loaded"], given: 5, same: true });
      expect(seen).toMatchObject({
        parts: "2026-01-02T03:00:00.000Z",
        parsed: 1767225600000,
        utc: 1767225600000,
      });
      expect(seen["waited"]).toBeLessThan(2_000);
      expect(seen["left"]).toBeGreaterThan(5_000);
      expect(seen["left"]).toBeLessThanOrEqual(9_000);
    }
    aws.endContainers();
    expect(Math.abs((await call())["loaded"]! - aws.clock.now().getTime())).toBeLessThan(5_000);
  });

  test("continues from the time that it is set to", () => {
    aws.clock.set(new Date("2030-01-01T00:00:00Z"));
    const now = aws.clock.now().getTime() - Date.parse("2030-01-01T00:00:00Z");
    expect(now).toBeGreaterThanOrEqual(0);
    expect(now).toBeLessThan(1_000);
  });
});

describe("passTime", () => {
  test("fires the schedules on the way, in order, each at its time", async () => {
    const from = start();
    aws.clock.set(new Date(from));
    await schedule("every", "rate(15 minutes)", { name: "every", at: "<aws.scheduler.scheduled-time>" });
    await schedule("once", `at(${stamp(from + 40 * MINUTE)})`);
    await schedule("off", "rate(1 minute)", {}, { State: "DISABLED" });
    const since = aws.clock.now().getTime();
    const fired = await aws.passTime(HOUR + MINUTE);
    expect(
      fired.map(run => [
        run.name,
        Math.round((run.at.getTime() - from) / MINUTE),
        run.functionName,
        run.error,
      ]),
    ).toEqual(
      [
        ["every", 15],
        ["every", 30],
        ["once", 40],
        ["every", 45],
        ["every", 60],
      ].map(run => [...run, "tick", undefined]),
    );
    const seen = aws.invocations.map(call => (call.result as { now: number }).now);
    seen.forEach((now, index) => {
      expect(now - fired[index]!.at.getTime()).toBeGreaterThanOrEqual(0);
      expect(now - fired[index]!.at.getTime()).toBeLessThan(10_000);
    });
    expect(aws.invocations[0]!.payload).toEqual({ name: "every", at: `${stamp(fired[0]!.at.getTime())}Z` });
    expect(aws.clock.now().getTime()).toBeGreaterThanOrEqual(since + HOUR + MINUTE);
    expect((await aws.passTime(10 * MINUTE)).map(run => run.name)).toEqual([]);
    expect((await aws.passTime(10 * MINUTE)).map(run => run.name)).toEqual(["every"]);
  });

  test("does not fire schedules that the clock was moved over, or that `only` excludes", async () => {
    const from = start();
    aws.clock.set(new Date(from));
    await schedule("every", "rate(1 hours)");
    await schedule("once", `at(${stamp(from + HOUR / 2)})`);
    aws.clock.advance(DAY + 30 * MINUTE);
    expect(aws.invocations).toEqual([]);
    expect((await aws.passTime(HOUR)).map(run => run.name)).toEqual(["every"]);
    expect(await aws.passTime(DAY, { only: name => name !== "every" })).toEqual([]);
  });

  test("follows a schedule that a running function changes, and fires it once at each time", async () => {
    const from = start();
    aws.clock.set(new Date(from));
    await createFunction(
      aws,
      "mover",
      `const url = process.env.AWS_ENDPOINT_URL + "/schedules/once";
      const headers = { authorization: "AWS4-HMAC-SHA256 Credential=any/20200101/eu-central-1/scheduler/aws4_request, SignedHeaders=host, Signature=none" };
      exports.run = async event => {
        const schedule = await (await fetch(url, { headers })).json();
        const at = event.moments.find(moment => Date.parse(moment + "Z") > Date.now());
        if (at) await fetch(url, { method: "PUT", headers, body: JSON.stringify({ ...schedule, ScheduleExpression: "at(" + at + ")" }) });
      };`,
    );
    const moments = [from + HOUR, from + HOUR + MINUTE, from + 3 * HOUR].map(stamp);
    const Target = {
      Arn: FUNCTION_ARN.replace("tick", "mover"),
      RoleArn: "arn:aws:iam::123456789012:role/function",
      Input: JSON.stringify({ moments }),
    };
    await schedule("once", `at(${stamp(from + MINUTE)})`, {}, { Target });
    const fired = await aws.passTime(2 * HOUR);
    expect(fired.map(run => [(run.at.getTime() - from) / MINUTE, run.error])).toEqual(
      [1, 60, 61].map(at => [at, undefined]),
    );
    expect((await scheduler.send(new GetScheduleCommand({ Name: "once" }))).ScheduleExpression).toBe(
      `at(${moments[2]})`,
    );
    expect(await aws.passTime(DAY)).toHaveLength(1);
  });

  test("continues when a function fails or cannot be called, and reports the error", async () => {
    aws.clock.set(new Date(start()));
    await schedule("a-fails", "rate(1 day)", { fail: true });
    await schedule("b-works", "rate(1 day)");
    expect(await aws.passTime(DAY + MINUTE)).toMatchObject([
      { name: "a-fails", error: "it failed" },
      { name: "b-works" },
    ]);
    aws.fault("tick", { deny: 1 });
    const [first, second] = await aws.passTime(DAY);
    expect(first!.error).toContain("User is not authorized to perform: lambda:InvokeFunction");
    expect(second!.error).toBeUndefined();
  });

  test("counts a changed rate from its change, and deletes a one-time schedule after its run if it asks for this", async () => {
    const from = start();
    aws.clock.set(new Date(from));
    await schedule("every", "rate(1 day)");
    await schedule("once", `at(${stamp(from + HOUR)})`, {}, { ActionAfterCompletion: "DELETE" });
    expect(await aws.passTime(12 * HOUR)).toHaveLength(1);
    await expect(scheduler.send(new GetScheduleCommand({ Name: "once" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    const { Target, FlexibleTimeWindow } = await scheduler.send(new GetScheduleCommand({ Name: "every" }));
    await scheduler.send(
      new UpdateScheduleCommand({
        Name: "every",
        ScheduleExpression: "rate(2 hours)",
        Target,
        FlexibleTimeWindow,
      }),
    );
    expect(await aws.passTime(2 * HOUR - MINUTE)).toEqual([]);
    expect(await aws.passTime(2 * MINUTE)).toHaveLength(1);
  });

  test("refuses unsupported expressions and negative times", async () => {
    await schedule("cron", "cron(0 12 * * ? *)");
    await expect(aws.passTime(HOUR)).rejects.toThrow(
      "schedule cron: the local cloud fires rate(...) and at(",
    );
    expect(await aws.passTime(HOUR, { only: name => name !== "cron" })).toEqual([]);
    expect(() => aws.passTime(-1)).toThrow("time passes forwards only");
  });
});

test("timers fire due schedules, once after a jump of the clock, until they are stopped", async () => {
  aws.clock.set(new Date(start()));
  await schedule("every", "rate(15 minutes)");
  // An unsupported schedule does not block the others.
  await schedule("cron", "cron(0 12 * * ? *)");
  aws.startTimers();
  aws.clock.advance(DAY);
  for (let waited = 0; aws.invocations.length === 0 && waited < 100; waited++)
    await new Promise(r => setTimeout(r, 50));
  await aws.settled();
  expect(aws.invocations).toHaveLength(1);
  aws.stopTimers();
  aws.clock.advance(DAY);
  await new Promise(resolve => setTimeout(resolve, 1_200));
  expect(aws.invocations).toHaveLength(1);
});

test.each([
  ["rate(1 minute)", 0, 0, 60_000],
  ["rate(2 hours)", 1_000, 7_201_000, 14_401_000],
  ["rate(1 day)", 0, 86_399_999, 86_400_000],
  ["at(1970-01-01T00:00:01)", 0, 0, 1_000],
  ["at(1970-01-01T00:00:01)", 0, 1_000, undefined],
])("%s, counted from %d, fires after %d next at %p", (text, anchor, after, expected) => {
  expect(nextOccurrence(parseScheduleExpression(text, "UTC", "s"), anchor, after)).toBe(expected);
});

test.each([
  "rate(0 minutes)",
  "rate(5 seconds)",
  "at(2026-01-01)",
  "at(2026-13-01T00:00:00)",
  "rate(5 minutes) ",
])("%p is no expression", text => {
  expect(() => parseScheduleExpression(text, "UTC", "s")).toThrow(`got: ${text}`);
});

test("a time in another zone than UTC is refused", () => {
  expect(() => parseScheduleExpression("at(2026-01-01T00:00:00)", "Europe/Berlin", "s")).toThrow("UTC only");
});
