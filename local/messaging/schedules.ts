import { randomUUID } from "node:crypto";

import { ACCOUNT_ID, REGION } from "../aws-http/identity";
import type { LocalClock } from "../lambda/local-clock";
import { LocalError } from "../process/local-error";
import { nextOccurrence, parseScheduleExpression, type ScheduleExpression } from "./schedule-expression";
import type { ServiceCaller } from "./service-caller";

/** One run of a schedule. */
export interface FiredSchedule {
  readonly name: string;
  /** The moment it was due, by the clock. */
  readonly at: Date;
  readonly functionName: string;
  /** What the function failed with, or why Lambda did not run it. */
  readonly error?: string;
}

export interface PassTimeOptions {
  /** Which schedules fire; the others miss their runs. @default - all */
  readonly only?: (name: string) => boolean;
}

/** The parts of a schedule that firing needs, as moto lists them. */
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

type Invoke = (functionArn: string, payload: unknown) => Promise<{ functionError?: string; result: unknown }>;

/**
 * EventBridge Scheduler's clockwork, which moto lacks. A rate counts from when its expression was first seen; the functions
 * move schedules, so they are read anew after each run.
 */
export class Schedules {
  /** By ARN: the expression, and since when it holds. */
  readonly #known = new Map<string, { expression: string; since: number }>();
  /** By ARN, when it was fired last. */
  readonly #last = new Map<string, number>();
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly caller: ServiceCaller,
    private readonly clock: LocalClock,
    private readonly invoke: Invoke,
  ) {}

  /** See `LocalAws.passTime`. */
  passTime(ms: number, { only = () => true }: PassTimeOptions = {}): Promise<readonly FiredSchedule[]> {
    if (!(ms >= 0))
      throw new LocalError(`time passes forwards only, got: ${ms} ms; clock.advance() moves it back`);
    return this.#inTurn(async () => {
      const from = this.clock.now().getTime();
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

  /** Fires each second what is due; of a schedule that is due several times, because the clock was moved, once. */
  start(): void {
    let from = this.clock.now().getTime();
    let busy = false;
    /** Schedules that cannot be understood; each is told of once. */
    const said = new Set<string>();
    this.#timer ??= setInterval(() => {
      if (busy) return;
      busy = true;
      const tick = this.#inTurn(async () => {
        const to = this.clock.now().getTime();
        const begin = Math.min(from, to);
        from = to;
        for (const due of await this.#due(begin, to, name => !said.has(name), said)) {
          const { error, ...fired } = await this.#fire(due);
          if (error)
            process.stderr.write(`schedules: ${fired.name} (${fired.functionName}) failed: ${error}\n`);
          this.#last.set(due.schedule.Arn, to);
        }
      });
      tick
        .catch((error: Error) => process.stderr.write(`schedules: ${error.message}\n`))
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

  /** Notes since when each schedule is as it is; to be called when one was changed. */
  async refresh(): Promise<readonly Schedule[]> {
    const now = this.clock.now().getTime();
    const schedules = await this.#list();
    for (const { Arn, ScheduleExpression: expression } of schedules) {
      const known = this.#known.get(Arn);
      // Later than now: the clock was set back.
      if (known?.expression !== expression || known.since > now)
        this.#known.set(Arn, { expression, since: now });
      if ((this.#last.get(Arn) ?? 0) > now) this.#last.delete(Arn);
    }
    return schedules;
  }

  /**
   * What is due later than `from`, up to `to`: the next run of each schedule, the earliest first.
   *
   * @param refused takes the names of schedules that cannot be understood @default - that is an error
   */
  async #due(
    from: number,
    to: number,
    only: (name: string) => boolean,
    refused?: Set<string>,
  ): Promise<readonly Due[]> {
    const due: Due[] = [];
    for (const schedule of await this.refresh()) {
      // Moto has no state for one that was updated without; on AWS it is then enabled.
      if (schedule.State === "DISABLED" || !only(schedule.Name)) continue;
      const { ScheduleExpression: text, ScheduleExpressionTimezone: zone, Name: name, Arn: arn } = schedule;
      const expression = understand(
        () => parseScheduleExpression(text, zone, name),
        refused && (() => refused.add(name)),
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
    const { Target: target } = await this.caller.rest<Schedule>("scheduler", "GET", path);
    if (!target.Arn.includes(":lambda:") || !target.Arn.includes(":function:"))
      throw new LocalError(
        `schedule ${schedule.Name}: the local cloud fires functions only, got the target ${target.Arn}`,
      );
    const functionName = target.Arn.split(":")[6]!;
    const error = await this.invoke(target.Arn, payloadOf(schedule, target.Input, new Date(at))).then(
      ({ functionError, result }) =>
        functionError && ((result as { errorMessage?: string } | null)?.errorMessage ?? functionError),
      (refused: Error) => refused.message,
    );
    const once = schedule.ScheduleExpression.startsWith("at(");
    if (once && schedule.ActionAfterCompletion === "DELETE")
      await this.caller.rest("scheduler", "DELETE", path);
    return { name: schedule.Name, at: new Date(at), functionName, ...(error ? { error } : {}) };
  }

  async #list(): Promise<readonly Schedule[]> {
    const all: Schedule[] = [];
    let token = "";
    do {
      const page = `/schedules?MaxResults=100${token === "" ? "" : `&NextToken=${encodeURIComponent(token)}`}`;
      const answer = await this.caller.rest<{ Schedules: Schedule[]; NextToken?: string | null }>(
        "scheduler",
        "GET",
        page,
      );
      all.push(...answer.Schedules);
      token = answer.NextToken ?? "";
    } while (token !== "");
    return all;
  }

  /** Never back: while functions ran, real time passed too. */
  #moveTo(moment: number): void {
    if (this.clock.now().getTime() < moment) this.clock.set(new Date(moment));
  }

  /** One at a time: a tick waits while time is made to pass. */
  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act, act);
    this.#turn = done.catch(() => {});
    return done;
  }
}

function understand(
  parse: () => ScheduleExpression,
  refuse: (() => void) | undefined,
): ScheduleExpression | undefined {
  try {
    return parse();
  } catch (error) {
    if (!refuse) throw error;
    refuse();
    process.stderr.write(`schedules: ${(error as Error).message}\n`);
    return undefined;
  }
}

/**
 * The event that the function gets: the target's input with Scheduler's context attributes filled in.
 *
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
 */
function payloadOf(schedule: Schedule, input: string | undefined, at: Date): unknown {
  const time = `${at.toISOString().slice(0, 19)}Z`;
  const id = randomUUID();
  if (!input) {
    const event = {
      version: "0",
      id,
      "detail-type": "Scheduled Event",
      source: "aws.scheduler",
      account: ACCOUNT_ID,
    };
    return { ...event, time, region: REGION, resources: [schedule.Arn], detail: "{}" };
  }
  const filled = input
    .replaceAll("<aws.scheduler.schedule-arn>", schedule.Arn)
    .replaceAll("<aws.scheduler.scheduled-time>", time)
    .replaceAll("<aws.scheduler.execution-id>", id)
    .replaceAll("<aws.scheduler.attempt-number>", "1");
  try {
    return JSON.parse(filled) as unknown;
  } catch {
    throw new LocalError(`schedule ${schedule.Name}: the input of a function must be JSON, got: ${input}`);
  }
}
