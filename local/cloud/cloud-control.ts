import { createServer, request, type Server } from "node:http";

import type { LocalAws } from "../aws/local-aws";
import { readBody } from "../aws/moto-forwarder";
import type { FiredSchedule } from "../messaging/schedules";
import { LocalError } from "../process/local-error";

/** The result of moving the clock. */
export interface TimePassed {
  /** The cloud's time after the move. */
  readonly now: Date;
  /** How far the clock is ahead of real time, in ms. */
  readonly aheadMs: number;
  readonly fired: readonly FiredSchedule[];
}

/** Moves the cloud's clock, in this process or in another. */
export interface CloudControl {
  /**
   * Moves the clock forwards by this many ms, fires the schedules on the way, each at its time, and waits
   * until their mails are sent.
   * @throws LocalError when this does not end, or a schedule is not supported
   */
  passTime(ms: number): Promise<TimePassed>;
}

export function controlOf(aws: Pick<LocalAws, "clock" | "passTime" | "settled">): CloudControl {
  return {
    async passTime(ms) {
      const fired = await aws.passTime(ms);
      await aws.settled();
      return { now: aws.clock.now(), aheadMs: aws.clock.offsetMs, fired };
    },
  };
}

/**
 * Lets other processes of this user move the clock: by a socket in a folder that only this user can enter.
 */
export async function serveControl(control: CloudControl, socketPath: string): Promise<Server> {
  const server = createServer((incoming, response) => {
    readBody(incoming)
      .then(body => control.passTime((JSON.parse(body.toString("utf8")) as { ms: number }).ms))
      .then(
        passed => response.end(JSON.stringify(passed)),
        (error: Error) => response.writeHead(500).end(error.message),
      );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  return server;
}

/** The clock of the cloud that serves it there. */
export function controlAt(socketPath: string): CloudControl {
  return {
    async passTime(ms) {
      const { status, text } = await ask(socketPath, JSON.stringify({ ms }));
      if (status !== 200) throw new LocalError(`the local cloud's clock could not be moved: ${text}`);
      const { now, fired, aheadMs } = JSON.parse(text) as {
        now: string;
        aheadMs: number;
        fired: { at: string }[];
      };
      const dated = fired.map(one => ({ ...one, at: new Date(one.at) }) as FiredSchedule);
      return { now: new Date(now), aheadMs, fired: dated };
    },
  };
}

function ask(socketPath: string, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) => reject(new LocalError("the local cloud does not answer", { cause }));
    const asked = request({ socketPath, method: "POST", path: "/pass-time", agent: false }, answer => {
      readBody(answer).then(
        text => resolve({ status: answer.statusCode ?? 0, text: text.toString("utf8") }),
        failed,
      );
    });
    asked.once("error", failed).end(body);
  });
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90m`, `3h` or `2d`, in ms. @throws LocalError for any other text */
export function durationOf(text: string): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined)
    throw new LocalError(`write a duration as 90m, 3h or 2d, got: ${text}`);
  return Number(count) * UNITS[unit]!;
}
