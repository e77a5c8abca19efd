import { nameSome, sentences } from "../../../core/name-some";
import { printable } from "../../../core/printable";
import { SessionsRemainError } from "../runtime/errors";
import type { RunReport } from "./run-report";

/** The failure of a run that could not end all sessions on another server of the cluster. */
export function instancesRemain(cluster: string, { instances }: RunReport): SessionsRemainError | undefined {
  const left = instances?.left ?? [];
  if (left.length === 0) return undefined;
  const named = left.map(({ instance, reason }) => `${instance}: ${reason}`);
  return new SessionsRemainError(
    `${cluster}: sessions that had to end may stay open on ${count(left, "another instance", "other instances")}. ` +
      `${printable(sentences(named, 3))} Nothing else is held up. Each run of enforcement tries again.`,
  );
}

/** What a run says of sessions that go on with what was taken. */
export const sessionsKept = ({ sessionsKept: kept }: RunReport): string | undefined =>
  kept === undefined
    ? undefined
    : `${kept === 1 ? "1 session goes" : `${kept} sessions go`} on with what was taken (terminateSessions is false)`;

/** What a run says if it could not look at the cluster's other servers. */
export const instancesUnknown = ({ instances }: RunReport): string | undefined =>
  instances === undefined || instances.unknown.length === 0
    ? undefined
    : `not all instances were looked at: ${printable(instances.unknown.join("; "))}`;

const count = ({ length }: readonly unknown[], one: string, more: string) =>
  length === 1 ? one : `${length} ${more}`;

/** The failure of a run whose sessions could not all be ended; undefined if they were. */
export function sessionsRemain(
  cluster: string,
  { sessionsRemaining, sessionsUnread }: RunReport,
): SessionsRemainError | undefined {
  if (sessionsUnread)
    return new SessionsRemainError(
      `${cluster}: the server did not list its open sessions in time: some that had to end may stay open. Nothing ` +
        "else is held up. MySQL 8.0 waits there for each unfinished login, also of strangers: find out who " +
        "opens connections, or switch on `performance_schema`, which waits only for events that run. " +
        "The next run tries again.",
    );
  const [first] = sessionsRemaining;
  if (!first) return undefined;
  const count =
    sessionsRemaining.length === 1 ? "1 session stays" : `${sessionsRemaining.length} sessions stay`;
  const named = sessionsRemaining.map(({ connection, user }) => `${user} (connection ${connection})`);
  return new SessionsRemainError(
    `${cluster}: ${count} open that had to end: ${printable(nameSome(named))}. The server refuses: ` +
      `${first.reason}. End them as another administrator; the next run tries again.`,
  );
}
