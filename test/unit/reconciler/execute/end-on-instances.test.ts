import type { RegistryEntry } from "../../../../core/contract/registry-entry";
import { targetSessionPolicy } from "../../../../core/contract/target-session-policy";
import type { ClusterInstance } from "../../../../lambdas/reconciler/aws/cluster-instances";
import { endOnInstances } from "../../../../lambdas/reconciler/execute/end-on-instances";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { DatabaseUnreachableError } from "../../../../lambdas/reconciler/runtime/errors";
import type { Call } from "../../../../lambdas/reconciler/services/services";
import { InstanceSessions } from "../../../../lambdas/reconciler/store/instance-sessions";
import { deadlineOf } from "../../../../lambdas/runtime/deadline";
import { silentLog } from "../../../../lambdas/runtime/log";
import { entryWith } from "../sources/source-fixture";
import { MemoryItemStore } from "../store/memory-item-store";

const bob = { user: "sl_bob", host: "%" };
const instance = (name: string, more: Partial<ClusterInstance> = {}): ClusterInstance => ({
  name,
  region: "eu-west-1",
  endpoint: { host: name, port: 3306 },
  isWriter: false,
  status: "available",
  ...more,
});

interface Setting {
  /** What Aurora says of the run's own connection. */
  readonly own?: string;
  readonly unknown?: readonly string[];
  readonly entry?: Partial<RegistryEntry>;
}

/** No instance can be reached: which are tried, and what the ledger holds then. */
describe("ending sessions on other instances", () => {
  const memory = new InstanceSessions(new MemoryItemStore(), "ledger");
  let tried: RegistryEntry[] = [];
  beforeEach(async () => {
    tried = [];
    await memory.write("orders", { known: [], left: new Map() });
  });

  const run = async (
    instances: readonly ClusterInstance[],
    { entry = {}, own, unknown = [] }: Setting = {},
  ) => {
    const session = { query: async () => (own === undefined ? [] : [{ Value: own }]) };
    const services = {
      instanceSessions: memory,
      instances: { find: async () => ({ instances, unknown }) },
      connect: async (at: RegistryEntry) => {
        tried.push(at);
        throw new DatabaseUnreachableError(`${at.host} is out of reach.`);
      },
      log: silentLog,
    };
    const ending = {
      call: { services, deadline: deadlineOf(() => 20_000, 0) } as unknown as Call,
      session: session as unknown as MySqlSession,
      entry: entryWith([], entry),
    };
    return endOnInstances(ending, [bob], await memory.read("orders"));
  };
  const hosts = () => tried.map(({ host }) => host);
  const left = async () => [...(await memory.read("orders")).left];
  const leftOn = async () => (await left()).map(([name]) => name);

  it("tries all but the one that RDS calls the writer", async () => {
    const done = await run([instance("o-1", { isWriter: true }), instance("o-2"), instance("o-3")]);
    expect(hosts()).toEqual(["o-2", "o-3"]);
    expect(done.left).toEqual([
      { instance: "o-2", reason: "o-2 is out of reach." },
      { instance: "o-3", reason: "o-3 is out of reach." },
    ]);
    expect(await left()).toEqual([
      ["o-2", [bob]],
      ["o-3", [bob]],
    ]);
  });

  it("on Aurora tries all but the one that it is connected to, also after a failover", async () => {
    await run([instance("o-1", { isWriter: true }), instance("o-2")], { own: "o-2" });
    expect(hosts()).toEqual(["o-1"]);
  });

  it.each<[string, ClusterInstance, readonly string[], readonly string[]]>([
    ["is being created", instance("o-2", { endpoint: undefined, status: "creating" }), [], []],
    ["has no endpoint", instance("o-2", { endpoint: undefined }), [], ["o-2"]],
    ["is being deleted", instance("o-2", { status: "deleting" }), ["o-2"], []],
  ])("counts one that %s by its state", async (_, one, attempts, remembered) => {
    const done = await run([one]);
    expect(hosts()).toEqual(attempts);
    expect(done.left.map(({ instance: name }) => name)).toEqual(remembered);
    expect(await leftOn()).toEqual(remembered);
  });

  it("forgets one that is gone, and keeps one that RDS does not name as it cannot be asked", async () => {
    await run([instance("o-2"), instance("o-3")]);
    await run([], { unknown: ["RDS: 403 AccessDenied"] });
    expect(await leftOn()).toEqual(["o-2", "o-3"]);
    await run([instance("o-3")]);
    expect(await leftOn()).toEqual(["o-3"]);
  });

  it("only says so if RDS never could be asked", async () => {
    const unknown = ["RDS: 403 AccessDenied"];
    expect(await run([], { unknown })).toEqual({ ended: 0, left: [], unknown });
  });

  it("makes a token for the instance's region and cluster; a secret is read in the cluster's own", async () => {
    const there = instance("w-1 in us-west-2", { region: "us-west-2", resourceId: "cluster-W" });
    await run([there]);
    const secretArn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:o";
    await run([there], { entry: { credentials: { secretArn } } });
    expect(tried.map(({ region }) => region)).toEqual(["us-west-2", "eu-west-1"]);
    const [byToken, bySecret] = tried.map(({ resourceId }) => resourceId);
    expect(byToken).toBe("cluster-W");
    expect(bySecret).toBe(entryWith([]).resourceId);
    // In another account the session may log in there, too.
    expect(targetSessionPolicy(tried[0]!, "arn:aws:iam::444455556666:role/target")).toContain(
      "arn:aws:rds-db:us-west-2:444455556666:dbuser:cluster-W/",
    );
  });
});
