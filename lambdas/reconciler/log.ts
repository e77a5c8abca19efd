const LEVELS = ["debug", "info", "error"] as const;
type Level = (typeof LEVELS)[number];
/** The least that is written. */
export type LogLevel = Level | "off";
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Structured logs: one JSON object a line. Callers hand in names and numbers, never payloads, secrets or driver errors. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

export const silentLog: Log = { debug: () => {}, info: () => {}, error: () => {} };

export function jsonLog(least: LogLevel, common: LogFields, write: (line: string) => void = line => console.log(line)): Log {
  const at =
    (level: Level) =>
    (event: string, fields: LogFields = {}) => {
      if (least !== "off" && LEVELS.indexOf(level) >= LEVELS.indexOf(least))
        write(JSON.stringify({ level, event, ...common, ...fields }));
    };
  return { debug: at("debug"), info: at("info"), error: at("error") };
}
