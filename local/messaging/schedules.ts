import { defined } from "../../core/json";
import type { LocalClock } from "../lambda/local-clock";
import { LocalError } from "../process/local-error";
import { reportError } from "../process/report-error";
import type { InvokeFunction } from "./invoke-function";
import { scheduleEvent } from "./schedule-event";
import { nextOccurrence, parseScheduleExpression, type ScheduleExpression } from "./schedule-expression";
import type { ServiceCaller } from "./service-caller";

/** One run of a schedule. */
export interface FiredSchedule {
  readonly name: string;
  /** When it was due, by the local clock. */
  readonly at: Date;
  readonly functionName: string;
  /** The error of the function, or the reason why Lambda did not run it. */
  readonly error?: string;
}

export interface PassTimeOptions {
  /** Which schedules fire. The others miss their runs. @default - all */
  readonly only?: (name: string) => boolean;
}

/** The parts of a schedule that are needed to fire it, as moto lists them. */
interface Schedule {
  readonly Arn: string;
  readonly Name: string;
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly State?: string | null;
  readonly StartDate?: number | null;
  readonly EndDate?: number | null;
  readonly ActionAfterCompletion?: string | null;
  readonly Target: { readonly Arn: string; readonly Input?: string };
}

interface Due {
  readonly schedule: Schedule;
  readonly at: number;
}

/**
 * Fires the schedules of EventBridge Scheduler, which moto only stores. A rate counts from the time when its
 * expression was first seen. The functions change schedules, so they are read again after each run.
 */
export class Schedules {
  /** By ARN: the expression, and since when the schedule has it. */
  readonly #known = new Map<string, { expression: string; since: number }>();
  /** By ARN: when the schedule fired last. */
  readonly #last = new Map<string, number>();
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  readonly #caller: ServiceCaller;
  readonly #clock: LocalClock;
  readonly #invoke: InvokeFunction;

  constructor(caller: ServiceCaller, clock: LocalClock, invoke: InvokeFunction) {
    this.#caller = caller;
    this.#clock = clock;
    this.#invoke = invoke;
  }

  /** See `LocalAws.passTime`. */
  passTime(ms: number, { only = () => true }: PassTimeOptions = {}): Promise<readonly FiredSchedule[]> {
    if (!(ms >= 0))
      throw new LocalError(`time passes forwards only, got: ${ms} ms; clock.advance() moves the clock back`);
    return this.#inTurn(async () => {
      const from = this.#clock.now().getTime();
      const fired: FiredSchedule[] = [];
      for (;;) {
        const [first] = await this.#due(from, from + ms, only);
        if (!first) break;
        this.#moveTo(first.at);
        fired.push(await this.#fire(first));
      }
      this.#moveTo(from + ms);
      return fired;
    });
  }

  /**
   * Fires due schedules each second. A schedule that is due several times, because the clock was moved, fires
   * once.
   */
  start(): void {
    let from = this.#clock.now().getTime();
    let busy = false;
    /** Schedules with an expression that is not supported. Each is reported once. */
    const unsupported = new Set<string>();
    this.#timer ??= setInterval(() => {
      if (busy) return;
      busy = true;
      const tick = this.#inTurn(async () => {
        const to = this.#clock.now().getTime();
        const begin = Math.min(from, to);
        from = to;
        for (const due of await this.#due(begin, to, name => !unsupported.has(name), unsupported)) {
          const { error, ...fired } = await this.#fire(due);
          if (error)
            process.stderr.write(`schedules: ${fired.name} (${fired.functionName}) failed: ${error}\n`);
          this.#last.set(due.schedule.Arn, to);
        }
      });
      tick
        .catch((error: unknown) => reportError("schedules", error))
        .finally(() => {
          busy = false;
        });
    }, 1_000);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  reset(): void {
    this.stop();
    this.#known.clear();
    this.#last.clear();
  }

  /** Records since when each schedule has its expression. Call it when a schedule was changed. */
  async refresh(): Promise<readonly Schedule[]> {
    const now = this.#clock.now().getTime();
    const schedules = await this.#list();
    for (const { Arn, ScheduleExpression: expression } of schedules) {
      const known = this.#known.get(Arn);
      // `since` is later than now when the clock was set back.
      if (known?.expression !== expression || known.since > now)
        this.#known.set(Arn, { expression, since: now });
      if ((this.#last.get(Arn) ?? 0) > now) this.#last.delete(Arn);
    }
    return schedules;
  }

  /**
   * The next run of each schedule after `from` and up to `to`, the earliest first.
   *
   * @param unsupported collects the names of schedules with an unsupported expression. @default - these are
   * an error
   */
  async #due(
    from: number,
    to: number,
    only: (name: string) => boolean,
    unsupported?: Set<string>,
  ): Promise<readonly Due[]> {
    const due: Due[] = [];
    for (const schedule of await this.refresh()) {
      // A schedule that was updated without a state has none in moto. On AWS it is enabled.
      if (schedule.State === "DISABLED" || !only(schedule.Name)) continue;
      const { ScheduleExpression: text, ScheduleExpressionTimezone: zone, Name: name, Arn: arn } = schedule;
      const expression = parsedOrReported(
        () => parseScheduleExpression(text, zone, name),
        unsupported && (() => unsupported.add(name)),
      );
      if (!expression) continue;
      const { since } = this.#known.get(arn)!;
      const recurs = "everyMs" in expression;
      const start = recurs && schedule.StartDate ? schedule.StartDate * 1000 : undefined;
      const after = Math.max(from, this.#last.get(arn) ?? 0, recurs ? 0 : since);
      // A start date is itself the first run.
      const at = nextOccurrence(
        expression,
        start === undefined || !recurs ? since : start - expression.everyMs,
        after,
      );
      if (at === undefined || at > to || (recurs && schedule.EndDate && at > schedule.EndDate * 1000))
        continue;
      due.push({ schedule, at });
    }
    return due.sort((a, b) => a.at - b.at || (a.schedule.Arn < b.schedule.Arn ? -1 : 1));
  }

  async #fire({ schedule, at }: Due): Promise<FiredSchedule> {
    this.#last.set(schedule.Arn, at);
    const group = `?groupName=${encodeURIComponent(schedule.GroupName)}`;
    const path = `/schedules/${encodeURIComponent(schedule.Name)}${group}`;
    const { Target: target } = await this.#caller.rest<Schedule>("scheduler", "GET", path);
    if (!target.Arn.includes(":lambda:") || !target.Arn.includes(":function:"))
      throw new LocalError(
        `schedule ${schedule.Name}: the local cloud fires functions only, got the target ${target.Arn}`,
      );
    const functionName = target.Arn.split(":")[6]!;
    const error = await this.#invoke(target.Arn, scheduleEvent(schedule, target.Input, new Date(at))).then(
      ({ functionError, result }) =>
        functionError && ((result as { errorMessage?: string } | null)?.errorMessage ?? functionError),
      (refusal: Error) => refusal.message,
    );
    const once = schedule.ScheduleExpression.startsWith("at(");
    if (once && schedule.ActionAfterCompletion === "DELETE")
      await this.#caller.rest("scheduler", "DELETE", path);
    return defined({ name: schedule.Name, at: new Date(at), functionName, error: error || undefined });
  }

  async #list(): Promise<readonly Schedule[]> {
    const all: Schedule[] = [];
    let token = "";
    do {
      const next = token === "" ? "" : `&NextToken=${encodeURIComponent(token)}`;
      const page = `/schedules?MaxResults=100${next}`;
      const answer = await this.#caller.rest<{ Schedules: Schedule[]; NextToken?: string | null }>(
        "scheduler",
        "GET",
        page,
      );
      all.push(...answer.Schedules);
      token = answer.NextToken ?? "";
    } while (token !== "");
    return all;
  }

  /** Moves the clock forwards only: real time passed while the functions ran. */
  #moveTo(moment: number): void {
    if (this.#clock.now().getTime() < moment) this.#clock.set(new Date(moment));
  }

  /** Runs one action at a time: a tick waits until `passTime` has ended. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act, act);
    this.#turn = done.catch(() => {});
    return done;
  }
}

function parsedOrReported(
  parse: () => ScheduleExpression,
  report: (() => void) | undefined,
): ScheduleExpression | undefined {
  try {
    return parse();
  } catch (error) {
    if (!report) throw error;
    report();
    reportError("schedules", error);
    return undefined;
  }
}
