import { Logger } from "@aws-lambda-powertools/logger";
import { defined } from "../../core/json";
import { escapeUnprintable } from "../../core/printable";

/** The lowest level that is written. */
export type LogLevel = "debug" | "info" | "error" | "off";
export const LOG_LEVELS = ["debug", "info", "error", "off"] as const satisfies readonly LogLevel[];

/** Fields of a log line. Powertools uses `message` for the event itself: an error's text is in `detail`. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
> & { readonly message?: never };

/**
 * Structured logs: one JSON object a line. Callers log names and numbers, never payloads, secrets or driver
 * errors.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /**
   * Sets the fields of every following line: `correlation_id` (change set or run), `cluster`, ... Removes
   * earlier ones.
   */
  begin(keys: LogFields): void;
  /** Sets the `service` of every following line. */
  serviceIs(name: string): void;
}

const nothing = () => {};
export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  error: nothing,
  begin: nothing,
  serviceIs: nothing,
};

/** A reader of logs may print a field as it is. */
const printableFields = (fields: LogFields) =>
  Object.fromEntries(Object.entries(defined(fields)).map(([name, value]) => [name, printableField(value)]));

const printableField = <T>(value: T) =>
  typeof value === "string"
    ? escapeUnprintable(value)
    : Array.isArray(value)
      ? value.map(item => escapeUnprintable(String(item)))
      : value;

/**
 * Logs by Powertools: `level`, `message` (the event), `service`, `timestamp`, the call's keys, then the
 * fields.
 * @see https://docs.powertools.aws.dev/lambda/typescript/latest/features/logger/
 */
export function powertoolsLog(serviceName: string, level: LogLevel): Log {
  const logLevel = ({ debug: "DEBUG", info: "INFO", error: "ERROR", off: "SILENT" } as const)[level];
  let logger = new Logger({ serviceName, logLevel });
  let service = serviceName;
  return {
    debug: (event, fields = {}) => logger.debug(event, printableFields(fields)),
    info: (event, fields = {}) => logger.info(event, printableFields(fields)),
    error: (event, fields = {}) => logger.error(event, printableFields(fields)),
    begin(keys) {
      logger.resetKeys();
      logger.appendKeys(printableFields(keys));
    },
    serviceIs(name) {
      if (name !== service) logger = logger.createChild({ serviceName: name });
      service = name;
    },
  };
}
