/** The background process that `npm run local -- up` starts. It runs the cloud until a signal ends it. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { reportError } from "../process/report-error";
import { makeRunDirectory } from "../process/run-directory";
import { startCloud } from "./cloud";
import { controlOf, serveControl } from "./cloud-control";
import type { UpOptions } from "./cloud-lifecycle";
import { readState, recordProcess, stateFile, writeState } from "./cloud-state";

async function main(): Promise<void> {
  const cloud = await startCloud({ ...(JSON.parse(process.argv[2]!) as UpOptions), writeMails: true });
  cloud.aws.startTimers();
  const directory = await makeRunDirectory("control");
  const controlSocket = join(directory, "socket");
  await serveControl(controlOf(cloud.aws), controlSocket);
  const end = async () => {
    await cloud.stop();
    rmSync(directory, { recursive: true, force: true });
    if (readState()?.daemon.pid === process.pid) rmSync(stateFile(), { force: true });
    process.exit(0);
  };
  process.removeAllListeners("SIGTERM");
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => void end());
  const pids = [...Object.values(cloud.servers).map(server => server.pid), cloud.aws.motoPid].filter(
    (pid): pid is number => !!pid,
  );
  writeState({
    daemon: recordProcess(process.pid),
    children: pids.map(recordProcess),
    controlSocket,
    description: cloud.description,
  });
}

main().catch((error: Error) => {
  reportError("cloud-daemon", error);
  process.exit(1);
});
