import { Logger } from "@aws-lambda-powertools/logger";

/** The least that is written. */
export type LogLevel = "debug" | "info" | "error" | "off";
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Structured logs: one JSON object a line. Callers hand in names and numbers, never payloads, secrets or driver errors. */
export interface Log {
  /** From now on every line bears these: `correlation_id` (change set or run), `cluster`, ... Those of the call before are gone. */
  begin(keys: LogFields): void;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const silentLog: Log = { begin: () => {}, debug: () => {}, info: () => {}, error: () => {} };

/**
 * Logs by Powertools: `level`, `message` (the event), `service`, `timestamp`, the call's keys, then the fields.
 * @see https://docs.powertools.aws.dev/lambda/typescript/latest/features/logger/
 */
export function powertoolsLog(service: string, least: LogLevel, logger = newLogger(service, least)): Log {
  const at =
    (level: "debug" | "info" | "error") =>
    (event: string, fields: LogFields = {}) =>
      logger[level](event, withoutUndefined(fields));
  return {
    begin: keys => {
      logger.resetKeys();
      logger.appendKeys(withoutUndefined(keys));
    },
    debug: at("debug"),
    info: at("info"),
    error: at("error"),
  };
}

const newLogger = (service: string, least: LogLevel): Logger =>
  new Logger({
    serviceName: service,
    logLevel: ({ debug: "DEBUG", info: "INFO", error: "ERROR", off: "SILENT" } as const)[least],
  });

/** Powertools drops a field named `message`, which is the event's own: it is called `detail`. */
const withoutUndefined = ({
  message: detail,
  ...fields
}: LogFields): Record<string, string | number | boolean | string[]> =>
  Object.fromEntries(
    Object.entries({ ...fields, detail }).filter(([, value]) => value !== undefined),
  ) as Record<string, string>;
