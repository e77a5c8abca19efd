import { readdirSync, readFileSync } from "node:fs";

/** Whether a process with this id runs. A zombie does not. */
export function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  return processState(pid)?.state !== "Z";
}

/**
 * The start time of a process, in clock ticks since boot; `undefined` without such a process or without
 * `/proc`. The pair of id and start time identifies a process for ever, as only ids are reused.
 */
export function startTime(pid: number): string | undefined {
  return processState(pid)?.startTime;
}

/** Whether `pid` is still the process with this start time. */
export function isSameProcess(pid: number, started: string | undefined): boolean {
  return isRunning(pid) && startTime(pid) === started;
}

/** Whether all threads of a process have stopped. SIGSTOP stops one after the other. True without `/proc`. */
export function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every(
      task => processState(`${pid}/task/${task}`)?.state.toUpperCase() === "T",
    );
  } catch {
    return true;
  }
}

function processState(pid: number | string): { state: string; startTime: string } | undefined {
  try {
    // proc(5): the name is in parentheses and may contain any character, so fields are counted after the last
    // one.
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTime: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
