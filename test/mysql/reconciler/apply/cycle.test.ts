import type { ApplyRequest, ApplyResponse, RemovalPolicy } from "../../../../core/contract/payload";
import { iamToken, logIn, rows } from "../../../support/mysql-login";
import {
  applyRequest,
  LEDGER,
  NOBODY,
  type Preview,
  ReconcilerFixture,
  rosterOf,
} from "../reconciler-fixture";

describe("preview and apply, end to end", () => {
  let fixture: ReconcilerFixture;

  beforeAll(async () => {
    fixture = await ReconcilerFixture.start();
    await fixture.root.query("CREATE DATABASE orders");
    await fixture.root.query("CREATE TABLE orders.t (a INT)");
    await fixture.register("orders");
  }, 180_000);
  afterAll(() => fixture.stop());

  const roster = rosterOf({ bob: "read", eve: "write" });

  it("creates what is declared, and the plan after is empty", async () => {
    const first = await fixture.preview("orders", roster);
    expect(first.body.status).toBe("unseen");
    expect(first.sql.length).toBeGreaterThan(0);
    expect(first).toMatchObject({ pending: first.sql.length, verified: true });
    await fixture.apply("orders", roster, first, { tf: { action: "create", prev_input: null } });

    expect(await fixture.accounts()).toEqual(["sl_bob", "sl_eve"]);
    const after = await fixture.preview("orders", roster);
    expect(after.changeSet).toEqual(first.changeSet);
    expect(after).toMatchObject({ pending: 0, verified: true });

    const bob = await logIn(fixture.server, "sl_bob", await iamToken(fixture.server, "sl_bob"));
    expect(await rows(bob, "SELECT COUNT(*) AS n FROM orders.t")).toEqual([{ n: 0 }]);
    await expect(bob.query("INSERT INTO orders.t VALUES (1)")).rejects.toThrow(/denied/);
    bob.destroy();
  });

  it("shows drift with a new id, and repairs it", async () => {
    await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_bob'@'%'");
    const drift = await fixture.preview("orders", roster);
    expect(drift.body.status).toBe("changes");
    expect(drift.sql).toEqual(["REVOKE DELETE ON `orders`.* FROM 'sl_bob'@'%'"]);
    expect(drift.summary).toBe("orders: when planned, 1 statement was pending: sl_bob");
    await fixture.apply("orders", roster, drift);
    expect((await fixture.preview("orders", roster)).changeSet).toEqual(drift.changeSet);
  });

  it("removes an account and ends its open sessions", async () => {
    const eve = await logIn(fixture.server, "sl_eve", await iamToken(fixture.server, "sl_eve"));
    eve.on("error", () => {});
    const less = rosterOf({ bob: "read" });
    const plan = await fixture.preview("orders", less);
    expect(plan.sql).toEqual(["DROP USER 'sl_eve'@'%'"]);
    await fixture.apply("orders", less, plan);
    expect(await fixture.accounts()).toEqual(["sl_bob"]);
    await expect(eve.query("SELECT 1")).rejects.toThrow();
    const audit = await fixture.audit("orders");
    expect(audit.at(-1)).toMatchObject({
      kind: "result",
      outcome: "succeeded",
      sessionsEnded: 1,
      changeSet: plan.id,
    });
    expect(audit.at(-2)).toMatchObject({ kind: "intent", changeSet: plan.id });
    expect(audit.at(-2)!["statements"]).toEqual([
      {
        sql: "DROP USER 'sl_eve'@'%'",
        why: "no longer declared",
        cause: "grant",
        accounts: [{ account: "sl_eve", user: "eve" }],
      },
    ]);
  });

  it("refuses the destruction of the last hook while accounts remain, and lets it go when none do", async () => {
    const tf = { action: "delete" as const, prev_input: null };
    const plan = await fixture.preview("orders", rosterOf({ bob: "read" }));
    await expect(fixture.apply("orders", rosterOf({ bob: "read" }), plan, { tf })).rejects.toThrow(
      /AccountsRemain.*1 account is left \(sl_bob\)/,
    );
    const empty = await fixture.planAndApply("orders", NOBODY);
    await expect(fixture.apply("orders", NOBODY, empty, { tf })).resolves.toMatchObject({
      message: "no account is left",
    });
    expect((await fixture.items(LEDGER, "orders")).find(item => item["sk"] === "head")).toMatchObject({
      hooks: 0,
    });
  });

  describe("a named hook", () => {
    const name = (instance: number, workspace = "default") =>
      `tf/${workspace}/00000000-0000-4000-8000-00000000000${instance}`;
    let cluster: string;
    let count = 0;
    let plan: Preview;
    let policy: RemovalPolicy;

    /** A call as the provider sends it: the action under the hook's name. */
    const call = async (
      action: string,
      hook: string,
      overrides: Partial<ApplyRequest> = {},
      services = fixture.services,
    ) => {
      const known = { removalPolicy: policy, ...overrides };
      const { tf, ...request } = applyRequest(cluster, roster, plan.changeSet, known);
      const payload = { ...request, [hook]: { action, prev_input: null } };
      return (await fixture.sendApply(payload, services)) as ApplyResponse;
    };
    /** What the deletion of the first hook says, if something happens after it was judged. */
    const deletedWhile = (meanwhile: () => Promise<unknown>) => {
      let happened = false;
      const connect: typeof fixture.services.connect = async (...asked) => {
        if (!happened) {
          happened = true;
          await meanwhile();
        }
        return fixture.services.connect(...asked);
      };
      return call("delete", name(1), {}, { ...fixture.services, connect }).then(
        ({ message }) => message,
        String,
      );
    };
    const mayLogIn = async (user: string) => {
      const token = await iamToken(fixture.server, user);
      const connection = await logIn(fixture.server, user, token).catch(() => undefined);
      await connection?.query("SELECT * FROM orders.t");
      connection?.destroy();
      return connection !== undefined;
    };
    const begin = async (removalPolicy: RemovalPolicy) => {
      cluster = `named-${++count}`;
      policy = removalPolicy;
      await fixture.dropAccounts();
      await fixture.register(cluster);
      plan = await fixture.preview(cluster, roster);
      await call("create", name(1));
      expect(await mayLogIn("sl_bob")).toBe(true);
    };
    const isRefused = async (hook: string, why: RegExp) => {
      await expect(call("delete", hook)).rejects.toThrow(why);
      expect(await mayLogIn("sl_bob")).toBe(true);
    };

    it.each([
      ["another instance in its place", () => [name(1), name(2)]],
      ["three in its place", () => [name(1), name(2), name(3), name(4)]],
      ["hooks without a name before it", () => ["tf", "tf", name(2)]],
    ])("that Terraform forgot, with %s, does not count", async (_what, made) => {
      for (const removalPolicy of ["protect", "remove"] as const) {
        await begin(removalPolicy);
        const hooks = made();
        for (const hook of hooks.slice(1)) await call("create", hook);
        const [last] = hooks.slice(-1);
        if (removalPolicy === "protect") await isRefused(last!, /AccountsRemain.*2 accounts are left/);
        else await expect(call("delete", last!)).resolves.toMatchObject({ message: "no account is left" });
        expect(await mayLogIn("sl_bob")).toBe(removalPolicy === "protect");
      }
    });

    it("that was replaced drops nobody, however often its deletion comes, and the new one is the last", async () => {
      await begin("remove");
      await call("create", name(2));
      for (const _ of [1, 2])
        expect((await call("delete", name(1))).message).toBe("another hook holds the cluster");
      expect((await call("update", name(2))).message).toMatch(
        /^nothing to do; removalPolicy is remove: a destroy would drop 2 accounts: sl_bob, sl_eve$/,
      );
      expect((await call("delete", name(1))).message).toBe("another hook holds the cluster");
      expect(await mayLogIn("sl_bob")).toBe(true);
      expect((await call("delete", name(2))).message).toBe("no account is left");
      expect(await mayLogIn("sl_bob")).toBe(false);
    });

    it.each<[string, string, RegExp, () => Promise<unknown>]>([
      [
        "another workspace has one",
        name(1),
        /workspace prod, too/,
        async () => {
          await call("create", name(2, "prod"));
          await call("update", name(1));
        },
      ],
      [
        "another workspace's called later",
        name(1),
        /workspace prod, too\. .*"retain", apply.*Only if nobody else declares it, apply an empty roster/,
        () => call("create", name(2, "prod")),
      ],
      ["the ledger knows only another", name(3), /does not know this one/, async () => {}],
      [
        "the stack's parameter is there",
        name(1),
        /removal is there/,
        () => fixture.putParameter(`${cluster}/removal`, "remove"),
      ],
    ])("drops nobody under `remove` while %s", async (_what, hook, why, prepare) => {
      await begin("remove");
      await prepare();
      await isRefused(hook, why);
      expect((await fixture.audit(cluster)).at(-1)).toMatchObject({ outcome: "failed" });
    });

    const second = (more?: Partial<ApplyRequest>, workspace?: string) => () =>
      call("create", name(2, workspace), more);
    const adopts = { owner: "other", adopt: true };
    it.each<[string, RemovalPolicy, () => Promise<unknown>, RegExp]>([
      ["another instance", "retain", second(), /^another hook holds the cluster$/],
      ["another instance", "remove", second(), /^another hook holds the cluster$/],
      [
        "one that protects",
        "remove",
        second({ removalPolicy: "protect" }),
        /^another hook holds the cluster$/,
      ],
      ["another workspace", "retain", second({}, "prod"), /^2 accounts are left: sl_bob, sl_eve$/],
      ["another workspace", "remove", second({}, "prod"), /AccountsRemain.*workspace prod, too/],
      ["another owner", "remove", second(adopts), /^the cluster belongs to other$/],
      ["another owner", "retain", second(adopts), /^the cluster belongs to other$/],
    ])(
      "gives nothing up that %s got while its deletion ran under `%s`",
      async (_who, was, meanwhile, says) => {
        await begin(was);
        expect(await deletedWhile(meanwhile)).toMatch(says);
        expect(await mayLogIn("sl_bob")).toBe(true);
        const head = await fixture.services.ledger.head(cluster);
        expect(head).toMatchObject({
          hooks: 1,
          heldBy: expect.arrayContaining([expect.stringMatching(/2$/)]),
        });
        expect(head.released).toBeUndefined();
        expect(head.formerHooks).not.toContainEqual(expect.stringMatching(/2$/));
        const [listed] = (await fixture.services.ledger.clusters()).filter(
          known => known.cluster === cluster,
        );
        expect(listed).not.toHaveProperty("released");
      },
    );

    it("gives nothing up that another instance got while its deletion found no account", async () => {
      await begin("protect");
      await fixture.dropAccounts();
      const says = await deletedWhile(async () => {
        plan = await fixture.preview(cluster, roster);
        await call("create", name(2));
        await fixture.dropAccounts();
      });
      expect(says).toBe("another hook holds the cluster");
      const head = await fixture.services.ledger.head(cluster);
      expect(head).toMatchObject({ hooks: 1, heldBy: [name(2)], formerHooks: ["tf", name(1)] });
      expect(head.released).toBeUndefined();
    });

    it("leaves the cluster to another workspace's, also if no account is left", async () => {
      await begin("protect");
      await call("create", name(2, "prod"));
      await call("update", name(1));
      await fixture.dropAccounts();
      expect((await call("delete", name(1))).message).toBe("no account is left");
      const head = await fixture.services.ledger.head(cluster);
      expect(head).toMatchObject({ hooks: 1, heldBy: [name(2, "prod")] });
      expect(head.released).toBeUndefined();
    });

    it("is the last one although the ledger was written while its deletion waited", async () => {
      await begin("remove");
      const write = () => fixture.services.ledger.change(cluster, head => head);
      expect(await deletedWhile(write)).toBe("no account is left");
      expect(await mayLogIn("sl_bob")).toBe(false);
    });

    it("is said to drop accounts in each plan while `remove` is in force, and in no other", async () => {
      await begin("protect");
      expect(await fixture.preview(cluster, roster)).not.toHaveProperty("removal");
      policy = "remove";
      await call("update", name(1));
      const drops = "removalPolicy is remove: a destroy would drop 2 accounts: sl_bob, sl_eve";
      expect(await fixture.preview(cluster, roster)).toMatchObject({ removal: drops });
      await fixture.root.query("DROP USER sl_eve@'%'");
      expect((await fixture.preview(cluster, roster)).removal).toMatch(/would drop 1 account: sl_bob$/);
      expect((await fixture.preview(cluster, roster, { owner: "other" })).removal).toBe(drops);
      await fixture.register(cluster, { port: 1 });
      expect((await fixture.preview(cluster, roster)).removal).toBe(drops);
    });
  });
});
