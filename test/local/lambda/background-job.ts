// background-job.ts DIRECTORY: calls the function of DIRECTORY, waits until its parent has ended, and
// calls it
// again. It says in files of DIRECTORY what happened.
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FunctionContainer } from "../../../local/lambda/function-container";
import { LocalClock } from "../../../local/lambda/local-clock";

const directory = process.argv[2]!;

function say(name: string, text: string): void {
  writeFileSync(join(directory, `${name}.part`), text);
  renameSync(join(directory, `${name}.part`), join(directory, name));
}

process.once("SIGHUP", () => {
  say("end", "hung up");
  process.exit(1);
});

async function main(): Promise<void> {
  const container = new FunctionContainer(
    {
      functionName: "hello",
      version: "1",
      arn: "arn:aws:lambda:eu-central-1:123456789012:function:hello",
      codeDirectory: directory,
      handler: "index.run",
      timeoutSeconds: 10,
      memoryMb: 128,
      environment: {
        PATH: process.env["PATH"] ?? "",
        LAMBDA_TASK_ROOT: directory,
        _HANDLER: "index.run",
      },
    },
    new LocalClock(),
  );
  const parent = process.ppid;
  await container.invoke("1", "{}");
  say("frozen", "");
  while (process.ppid === parent) await new Promise(resolve => setTimeout(resolve, 5));
  say("end", (await container.invoke("2", "{}")).body);
  container.kill();
}

void main();
