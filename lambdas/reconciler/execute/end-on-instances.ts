import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { AccessError } from "../../../core/errors";
import type { AccountId } from "../../../core/mysql";
import { listSome } from "../../../core/name-some";
import { deadlineOf, type RunDeadline, within } from "../../runtime/deadline";
import type { ClusterInstance, FoundInstances } from "../aws/cluster-instances";
import { endSessions, type RemainingSession } from "../mysql/end-sessions";
import type { MySqlSession } from "../mysql/mysql-session";
import type { NarrowedUsers } from "../mysql/narrowing/end-gently";
import { onServerOf } from "../mysql/session/same-server";
import { DatabaseUnreachableError } from "../runtime/errors";
import { type Call, connectTimeout } from "../services/services";
import type { KnownInstances } from "../store/instance-sessions";
import { followsWriter } from "./follows-writer";

/** The longest time for all of it; never more than half of the run's own time, but `LEAST_MS`. */
const LONGEST_MS = 70_000;
const LEAST_MS = 8_000;
/** The longest time for RDS to name the instances. */
const LONGEST_FIND_MS = 15_000;
/** The longest wait for a reader to get what was taken on the writer. */
const LONGEST_LAG_MS = 10_000;

/** An instance on which sessions that had to end may stay open. */
export interface InstanceLeft {
  readonly instance: string;
  readonly reason: string;
}

/** What a run did on the cluster's other servers. */
export interface EndedOnInstances {
  readonly ended: number;
  readonly left: readonly InstanceLeft[];
  /** Why RDS did not name all instances, if it did not. */
  readonly unknown: readonly string[];
}

/** A run that ends sessions. */
export interface EndingRun {
  readonly call: Call;
  /** The connection to the writer. */
  readonly session: MySqlSession;
  readonly entry: RegistryEntry;
  /** Services among the accounts that only have less than before. */
  readonly services?: NarrowedUsers;
}

/** The same, with the time for other instances. */
interface TimedRun extends EndingRun {
  readonly deadline: RunDeadline;
}

/**
 * Ends sessions on the cluster's other servers, side by side: those of some accounts, those that an earlier
 * run left there, and those of accounts that are locked or gone. KILL acts only on the server that receives
 * it. One that cannot be reached holds up no other. The ledger then holds what remains.
 * @throws LedgerError
 */
export async function endOnInstances(
  ending: EndingRun,
  accounts: readonly AccountId[],
  before: KnownInstances,
): Promise<EndedOnInstances> {
  const { call, entry } = ending;
  const { instanceSessions, log } = call.services;
  const least = Math.min(LEAST_MS, call.deadline.leftToLook());
  const until = performance.now() + Math.min(LONGEST_MS, Math.max(least, call.deadline.left() / 2));
  const run: TimedRun = { ...ending, deadline: deadlineOf(() => until - performance.now(), 0) };
  const found = await findInstances(run);
  for (const reason of found.unknown) log.info("instances not known", { cluster: entry.cluster, reason });
  const others = await otherThanWriter(run.session, found);
  const toEnd = (name: string) => [...accounts, ...(before.left.get(name) ?? [])];
  const results = await Promise.all(
    others.map(async instance => ({
      instance: instance.name,
      ...(await endAt(withoutLeft(run, before.left.get(instance.name)), instance, toEnd(instance.name))),
    })),
  );
  const left: InstanceLeft[] = [
    ...results.flatMap(({ instance, reason }) => (reason === undefined ? [] : [{ instance, reason }])),
    ...missing(found, before).map(instance => ({ instance, reason: `${found.unknown.join("; ")}.` })),
  ];
  const names = others.map(({ name }) => name);
  await instanceSessions.write(entry.cluster, {
    known: found.unknown.length > 0 ? [...new Set([...before.known, ...names])] : names,
    left: new Map(left.map(({ instance }) => [instance, distinct(toEnd(instance))])),
  });
  return { ended: results.reduce((sum, { ended }) => sum + ended, 0), left, unknown: found.unknown };
}

/** What an earlier run left there ends at once: nobody knows any more what was taken. */
function withoutLeft(run: TimedRun, left: readonly AccountId[] = []): TimedRun {
  const users = new Set(left.map(({ user }) => user));
  return { ...run, services: new Map([...(run.services ?? [])].filter(([user]) => !users.has(user))) };
}

/** What RDS names, as far as it answers in time. */
async function findInstances({ call, deadline, entry }: TimedRun): Promise<FoundInstances> {
  const limit = Math.min(LONGEST_FIND_MS, deadline.left() / 2);
  const late = () => new DatabaseUnreachableError("RDS did not answer in time");
  return within(limit, call.services.instances.find(entry), late).catch((error: unknown) => {
    if (error instanceof DatabaseUnreachableError) return { instances: [], unknown: [error.message] };
    throw error;
  });
}

/** What RDS named before and does not name now, because it cannot be asked. */
function missing({ instances, unknown }: FoundInstances, { known, left }: KnownInstances): string[] {
  if (unknown.length === 0) return [];
  const named = new Set(instances.map(({ name }) => name));
  return [...new Set([...known, ...left.keys()])].filter(name => !named.has(name));
}

const distinct = (accounts: readonly AccountId[]): AccountId[] => [
  ...new Map(accounts.map(account => [JSON.stringify([account.user, account.host]), account])).values(),
];

/**
 * All but the one that this connection is to. Only Aurora says which that is; RDS knows of a failover later.
 */
async function otherThanWriter(session: MySqlSession, { instances }: FoundInstances) {
  if (instances.length === 0) return [];
  const [row] = await session.query("SHOW GLOBAL VARIABLES LIKE 'aurora_server_id'");
  const own = row?.["Value"];
  return instances.filter(({ isWriter, name }) => (own === undefined ? !isWriter : name !== own));
}

/** Ends sessions on one server. @returns why some may stay open there, if they may */
async function endAt(
  run: TimedRun,
  instance: ClusterInstance,
  accounts: readonly AccountId[],
): Promise<{ readonly ended: number; readonly reason?: string | undefined }> {
  const { endpoint, status } = instance;
  // Nobody can log in before it has one.
  if (!endpoint && status === "creating") return { ended: 0 };
  if (!endpoint) return { ended: 0, reason: `RDS does not say its endpoint (${status}).` };
  try {
    return await connectAndEnd(run, instance, accounts);
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    // Its sessions end with it.
    return { ended: 0, reason: status === "deleting" ? undefined : error.message };
  }
}

async function connectAndEnd(run: TimedRun, instance: ClusterInstance, accounts: readonly AccountId[]) {
  const { call, deadline, entry, session: writer } = run;
  const at = { ...entry, ...instance.endpoint!, ...loginPlace(entry, instance) };
  const connect = () => {
    const timeoutMs = Math.min(connectTimeout(entry), deadline.left());
    return call.services.connect(at, { bulkRead: false, isReader: true, timeoutMs });
  };
  const session = await connect();
  const work = async () => {
    const users = [...new Set(accounts.map(({ user }) => user))];
    const lagMs = Math.min(LONGEST_LAG_MS, deadline.left() / 2);
    const isFollowing = await followsWriter(session, writer, users, lagMs);
    const { services = new Map() } = run;
    const another = async () => onServerOf(session, await connect(), entry.cluster);
    const reading = { another, deadline, names: entry, services, writer };
    return { isFollowing, ...(await endSessions(session, accounts, reading)) };
  };
  try {
    const late = () => new DatabaseUnreachableError(`${at.host}:${at.port} no longer answers.`);
    const { ended, isFollowing, remaining, unread } = await within(deadline.left(), work(), late);
    return { ended, reason: refusedText(remaining) ?? doubt(isFollowing, unread) };
  } finally {
    session.destroy();
  }
}

function refusedText(remaining: readonly RemainingSession[]): string | undefined {
  if (remaining.length === 0) return undefined;
  const named = remaining.map(
    ({ connection, reason, user }) => `${user} (connection ${connection}): ${reason}`,
  );
  return `the server refuses to end ${listSome(named, 3)}.`;
}

function doubt(isFollowing: boolean, unread: boolean): string | undefined {
  if (unread) return "it did not list its sessions in time.";
  return isFollowing ? undefined : "it does not have yet what changed on the writer.";
}

/** A token is of the instance's own region and cluster. A secret is where the cluster is registered. */
const loginPlace = ({ credentials, resourceId: own }: RegistryEntry, instance: ClusterInstance) => {
  const { region, resourceId = own } = instance;
  return "iamUser" in credentials ? { region, resourceId } : {};
};
