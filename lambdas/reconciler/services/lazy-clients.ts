import type { Log } from "../../runtime/log";
import { awsCredentialsApi, CLIENT_OPTIONS } from "../aws/aws-credentials-api";
import { type Capacity, CloudWatchCapacity } from "../aws/capacity";
import { EventBridgeExpirySchedule, type ExpirySchedule } from "../aws/expiry-schedule";
import { EventBridgeBus, type EventBus } from "../events/event-bus";

type Traced = <T>(client: T) => T;

/** Made at the first use, once. What a plan does not use is not loaded with it. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

export const lazyEventBus = (name: string, traced: Traced, log: Log): EventBus =>
  new EventBridgeBus(
    once(async () => {
      const { EventBridgeClient } = await import("@aws-sdk/client-eventbridge");
      return traced(new EventBridgeClient(CLIENT_OPTIONS));
    }),
    name,
    log,
  );

export const lazyExpirySchedule = (traced: Traced): ExpirySchedule =>
  new EventBridgeExpirySchedule(
    once(async () => {
      const { SchedulerClient } = await import("@aws-sdk/client-scheduler");
      return traced(new SchedulerClient(CLIENT_OPTIONS));
    }),
  );

/** CloudWatch of the account and region that the cluster is in. */
export const lazyCapacity = (traced: Traced): Capacity =>
  new CloudWatchCapacity(async ({ assumeRoleArn, cluster, region }) => {
    const { CloudWatchClient } = await import("@aws-sdk/client-cloudwatch");
    const session = `aurora-users-${cluster}`.slice(0, 64);
    const credentials = assumeRoleArn
      ? await awsCredentialsApi.assumeRole(assumeRoleArn, session)
      : undefined;
    return traced(
      new CloudWatchClient({ ...CLIENT_OPTIONS, region, ...(credentials ? { credentials } : {}) }),
    );
  });
