import { readdirSync, readFileSync } from "node:fs";

/** Whether a process with this id exists (a zombie does not count). */
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
 * When a process started, in clock ticks since boot; `undefined` where there is no such process or no `/proc`.
 * Together with the id it names one process for good: ids are used again, a pair is not.
 */
export function startTime(pid: number): string | undefined {
  return processState(pid)?.startTime;
}

/** Whether `pid` is still the very process that had this start time. */
export function isSameProcess(pid: number, started: string | undefined): boolean {
  return isRunning(pid) && startTime(pid) === started;
}

/** Whether all of a process's threads have stopped; SIGSTOP reaches them one after the other. True without `/proc`. */
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
    // proc(5): the name stands in parentheses and may hold anything, so fields are counted after the last one.
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", startTime: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
