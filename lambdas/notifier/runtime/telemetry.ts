import type { ChannelMetric } from "../../../core/contract/metrics";

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured logs. Callers hand in names and numbers: never a message, an address, a secret or another's error. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** From now on, `service` in each line. */
  serviceIs(name: string): void;
}

/** Counts into CloudWatch. */
export interface Measures {
  add(metric: ChannelMetric, service: string, channel: string, value: number): void;
}

/** Does some work within a named part of a trace. */
export type Trace = <T>(
  name: string,
  annotations: Readonly<Record<string, string>>,
  work: () => Promise<T>,
) => Promise<T>;

export const untraced: Trace = (_name, _annotations, work) => work();
