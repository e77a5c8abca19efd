import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { patchText } from "../../../../cli/terminal/print-patch";

let work: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "patch "));
  mkdirSync(join(work, "users"));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

test.each(["jane doe", "j\u00f6", 'x"y', "tab\ty", "-x", "a$b"])(
  "git apply and patch take the patch of a file named %j",
  name => {
    const file = `users/${name}.yaml`;
    const input = patchText([{ file, before: "a\n", after: "b\n" }]);
    for (const [tool, ...args] of [
      ["git", "apply"],
      ["patch", "-p1"],
    ] as const) {
      writeFileSync(join(work, file), "a\n");
      execFileSync(tool, args, { cwd: work, input, stdio: ["pipe", "pipe", "pipe"] });
      expect([tool, readFileSync(join(work, file), "utf8")]).toEqual([tool, "b\n"]);
    }
  },
);
