import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

jest.setTimeout(60_000);

// A system sends SIGHUP to a group of processes that loses its shell while one of its members is stopped.
describe("a background job of a shell that ends", () => {
  it.each(["exit", "kill -KILL $$", "exec sleep 0"])(
    "goes on, although its functions are frozen between calls: %s",
    async ending => {
      const directory = mkdtempSync(join(tmpdir(), "background-job-"));
      try {
        writeFileSync(join(directory, "index.js"), 'exports.run = async () => "hello";');
        const tsx = pathToFileURL(require.resolve("tsx")).href;
        const script = [
          "set -m",
          '"$NODE" --import "$TSX" "$JOB" "$DIRECTORY" < /dev/null > "$DIRECTORY/log" 2>&1 &',
          'until [ -e "$DIRECTORY/frozen" ]; do sleep 0.05; done',
          ending,
        ].join("\n");
        const env = {
          PATH: process.env["PATH"],
          NODE: process.execPath,
          TSX: tsx,
          JOB: join(__dirname, "background-job.ts"),
          DIRECTORY: directory,
        };
        const shell = spawn("bash", ["-c", script], { detached: true, stdio: "ignore", env });
        await once(shell, "exit");
        while (!existsSync(join(directory, "end"))) await new Promise(resolve => setTimeout(resolve, 10));
        expect(readFileSync(join(directory, "end"), "utf8")).toBe('"hello"');
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    },
  );
});
