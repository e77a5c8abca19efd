import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { run } from "../../../../cli/run";
import { runCli } from "../run-cli";

const CLUSTERS = [
  { cluster: "orders", accounts: ["sl_jane.doe"] },
  { cluster: "payments", accounts: [] },
];
const enforced = (cluster: string, offboarded: readonly object[]) => ({
  protocol: 1,
  cluster,
  outcome: "enforced",
  runId: "en-1",
  statements: 1,
  sessionsEnded: offboarded.length,
  drift: 0,
  reminders: 0,
  audited: true,
  offboarded,
  message: "1 statements ran",
});

describe("aurora-users offboard", () => {
  let server: Server;
  /** The payloads so far, by function. */
  const calls: [name: string, payload: { action: string; cluster?: string; dryRun?: boolean }][] = [];
  let answers: (name: string, payload: (typeof calls)[number][1]) => object | Error;
  const env = () => ({
    AWS_REGION: "eu-west-1",
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  const marked = (state: string, already = false, clusters: readonly object[] = CLUSTERS) => ({
    protocol: 1,
    person: "jane.doe",
    state,
    already,
    clusters,
    message: "",
  });
  /** The answer of one action in place of the usual one. */
  const answering = (action: string, answer: object) => {
    const usual = answers;
    answers = (name, payload) => (payload.action === action ? answer : usual(name, payload));
  };

  beforeAll(async () => {
    process.env["AWS_ACCESS_KEY_ID"] = "any";
    process.env["AWS_SECRET_ACCESS_KEY"] = "any";
    server = createServer((request, response) => {
      let body = "";
      request.on("data", chunk => {
        body += chunk;
      });
      request.on("end", () => {
        const [, name] = /functions\/([^/]+)\/invocations/.exec(request.url ?? "") ?? [];
        if (name === undefined) return response.end("<Arn>arn:aws:iam::111122223333:user/sec</Arn>");
        const payload = JSON.parse(body);
        calls.push([name, payload]);
        const answer = answers(name, payload);
        if (answer instanceof Error) response.setHeader("x-amz-function-error", "Unhandled");
        response.end(
          JSON.stringify(
            answer instanceof Error ? { errorType: answer.name, errorMessage: answer.message } : answer,
          ),
        );
      });
    });
    await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => server.close());
  beforeEach(() => {
    calls.length = 0;
    answers = (_, { action, cluster, dryRun }) => {
      if (action === "offboard") return marked(dryRun ? "reinstated" : "offboarded");
      if (action === "reinstate") return marked("reinstated");
      const own = { person: "jane.doe", account: "sl_jane.doe", locked: true };
      return enforced(cluster!, cluster === "orders" ? [own] : []);
    };
  });
  const offboard = (...args: readonly string[]) => runCli(["offboard", "jane.doe", ...args], env());

  it("marks the person, runs on each cluster, and says what is so there", async () => {
    const { code, err, out } = await offboard("--reason", "left");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/orders +locked +sl_jane\.doe +1 session ended\npayments +no account\n/);
    expect(out).toContain("jane.doe is offboarded");
    expect(calls.map(([name, { action, cluster }]) => [name, action, cluster])).toEqual([
      ["aurora-users-enforce", "offboard", undefined],
      ["aurora-users-enforce", "offboard", undefined],
      ["aurora-users-enforce", "enforce", "orders"],
      ["aurora-users-enforce", "enforce", "payments"],
    ]);
    expect(calls[1]![1]).toMatchObject({ reason: "left", by: "arn:aws:iam::111122223333:user/sec" });
  });

  it("exits with 1 while a cluster is not done, names it, and has done the others", async () => {
    const usual = answers;
    answers = (name, payload) =>
      payload.cluster === "payments" ? new Error("payments could not be reached") : usual(name, payload);
    const { code, err, out } = await offboard();
    expect(code).toBe(1);
    expect(out).toMatch(/orders +locked/);
    expect(err).toContain("payments could not be reached");
    expect(err).toContain("1 cluster is not done: each of their next runs tries again.");
  });

  it("is not done where an account is still open", async () => {
    const usual = answers;
    const own = { person: "jane.doe", account: "sl_jane.doe", locked: false };
    answers = (name, payload) =>
      payload.cluster === "orders" ? enforced("orders", [own]) : usual(name, payload);
    const { code, out } = await offboard("--json");
    expect([code, JSON.parse(out).open]).toEqual([1, 1]);
  });

  it.each(["idle", "asleep"])(
    "is not done where the run did not look at known accounts (%s)",
    async outcome => {
      const { offboarded: _, ...answer } = enforced("any", []);
      answering("enforce", { ...answer, outcome, message: "nothing ran" });
      const { code, err, out } = await offboard();
      expect(code).toBe(1);
      expect(out).toMatch(/orders +NOT DONE +sl_jane\.doe\npayments +no account\n/);
      expect(err).toContain("orders: no run looked at the accounts: nothing ran");
    },
  );

  it("is not done where the last hook went meanwhile", async () => {
    const { offboarded: _, ...answer } = enforced("orders", []);
    answering("enforce", answer);
    expect((await offboard()).err).toContain("orders: no run looked at the accounts");
  });

  it("is not done, and calls no run, where the registry entry is gone", async () => {
    const gone = { cluster: "stock", accounts: [], unknown: "gone" };
    answering("offboard", marked("offboarded", true, [...CLUSTERS, gone]));
    const { code, err } = await offboard();
    expect(code).toBe(1);
    expect(err).toContain("stock: its registry entry is gone, so no run reaches it");
    expect(calls.map(([, { cluster }]) => cluster)).not.toContain("stock");
  });

  it.each([
    ["no account", "unreadable", [], "no account"],
    ["a locked account", "unreadable", [{ person: "Jane.Doe", account: "sl_x", locked: true }], "locked"],
  ] as const)(
    "is what the run finds (%s) where the ledger does not say it",
    async (_, unknown, found, shown) => {
      answering("offboard", marked("offboarded", true, [{ cluster: "orders", accounts: [], unknown }]));
      answering("enforce", enforced("orders", found));
      const { code, out } = await offboard();
      expect([code, out]).toEqual([0, expect.stringMatching(new RegExp(`orders +${shown}`))]);
    },
  );

  it.each([
    [{}, ""],
    [{ didYouMean: "jane.do" }, " Did you mean jane.do?"],
  ])("marks no name that no cluster knows, unless asked to (%j)", async (near, hint) => {
    const nobody = CLUSTERS.map(({ cluster }) => ({ cluster, accounts: [] }));
    answering("enforce", enforced("orders", []));
    answering("offboard", { ...marked("unmarked", false, nobody), ...near });
    const { code, err, out } = await offboard("--yes");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toContain(`No cluster knows accounts of jane.doe, and nothing was marked.${hint} To mark`);
    expect(calls).toHaveLength(1);
    expect((await offboard("--unknown")).code).toBe(0);
    expect(calls.filter(([, { action, dryRun }]) => action === "offboard" && !dryRun)).toHaveLength(1);
  });

  it("undoes nothing of somebody who was never offboarded", async () => {
    answering("offboard", marked("unmarked"));
    const { code, err } = await offboard("--undo");
    expect([code, err]).toEqual([1, "jane.doe was never offboarded: nothing is to undo."]);
    expect(calls).toHaveLength(1);
  });

  it("says which accounts are still locked after an undo", async () => {
    const { offboarded, ...answer } = enforced("orders", []);
    const stillLocked = [{ person: "jane.doe", account: "sl_jane.doe" }];
    answering("enforce", { ...answer, offboarded, stillLocked });
    const { code, err, out } = await offboard("--undo");
    expect([code, out]).toEqual([0, expect.stringMatching(/orders +still locked +sl_jane\.doe/)]);
    expect(err).toContain("orders: sl_jane.doe: the files suspend it");
  });

  it("changes nothing with --dry-run", async () => {
    const { code, out } = await offboard("--dry-run");
    expect(code).toBe(0);
    expect(out).toContain("sl_jane.doe");
    expect(calls.map(([, { dryRun }]) => dryRun)).toEqual([true]);
  });

  it("undoes it by the apply function, and runs on each cluster then", async () => {
    const usual = answers;
    answers = (name, payload) =>
      payload.action === "enforce" ? enforced(payload.cluster!, []) : usual(name, payload);
    const { code, out } = await offboard("--undo");
    expect(code).toBe(0);
    expect(out).toMatch(/orders +unlocked +sl_jane\.doe/);
    expect(calls[1]).toMatchObject(["aurora-users-apply", { action: "reinstate" }]);
  });

  it("runs on some clusters only if they are named, and then leaves the others open", async () => {
    const { code, err } = await offboard("--cluster", "orders");
    expect(code).toBe(1);
    expect(err).toContain("payments: left to its next run");
    expect((await offboard("--cluster", "oders")).err).toContain('there is no cluster "oders"');
  });

  it("asks at a terminal, and not with --yes", async () => {
    const asked: string[] = [];
    const io = {
      out: () => {},
      err: () => {},
      env: env(),
      now: () => new Date(),
      ask: async (question: string) => {
        asked.push(question);
        return false;
      },
    };
    expect(await run(["offboard", "jane.doe"], io)).toBe(1);
    expect(asked).toEqual(["jane.doe has accounts on 1 cluster. Lock them and end their sessions? [y/N] "]);
    expect(calls).toHaveLength(1);
    expect(await run(["offboard", "jane.doe", "--yes"], io)).toBe(0);
    expect(asked).toHaveLength(1);
  });

  it("says so if the function is of an older release", async () => {
    answers = () => Object.assign(new Error("the payload is not valid"), { name: "InvalidInput" });
    const { code, err } = await offboard();
    expect(code).toBe(1);
    expect(err).toContain("does not know this action");
  });
});
