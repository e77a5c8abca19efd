import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { complaint, copyProject, projectFiles, ROOT, run, spacedFolder } from "./project";

const MINUTE = 60_000;
const hashOf = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("the functions' zip", () => {
  const folder = spacedFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const build = (project: string, name: string, env: Record<string, string> = {}) => {
    const zip = join(folder, name);
    expect(
      complaint(
        run(process.execPath, [join(project, "scripts", "bundle-functions.mjs"), zip], { cwd: project, env }),
      ),
    ).toBe("");
    return zip;
  };

  it(
    "has the same bytes wherever, whenever and in whatever time zone it is built",
    () => {
      const other = join(folder, "another clone", "of it");
      copyProject(other, "own");
      for (const file of projectFiles())
        utimesSync(join(other, file), new Date("2001-02-03"), new Date("2031-02-03"));
      const here = build(ROOT, "here.zip", { TZ: "UTC" });
      const there = build(other, "there.zip", { TZ: "Asia/Kathmandu", LANG: "de_DE.UTF-8", HOME: folder });
      expect(hashOf(there)).toBe(hashOf(here));
    },
    5 * MINUTE,
  );

  it("in `assets` is built from today's sources", () => {
    expect(hashOf(build(ROOT, "again.zip"))).toBe(hashOf(join(ROOT, "assets", "reconciler.zip")));
  });

  it("is smaller than 1 MB, holds one file, and exports the handlers", () => {
    const bytes = readFileSync(build(ROOT, "small.zip"));
    expect(bytes.length).toBeLessThan(1_000_000);
    expect(Object.keys(unzipSync(bytes))).toEqual(["index.js"]);
    const listed = run(
      process.execPath,
      ["-e", 'console.log(Object.keys(require("./index.js")).sort().join())'],
      {
        cwd: unpack(bytes),
      },
    );
    expect(listed.stdout.trim()).toBe("apply,enforce,preview,rotate");
  });

  it("holds no path of the machine that built it", () => {
    const code = Buffer.from(unzipSync(readFileSync(build(ROOT, "path.zip")))["index.js"]!).toString("utf8");
    expect(code.includes(ROOT)).toBe(false);
    expect(code.includes("node_modules/")).toBe(false);
  });

  function unpack(bytes: Uint8Array): string {
    const target = join(folder, "unpacked");
    mkdirSync(target, { recursive: true });
    for (const [name, content] of Object.entries(unzipSync(bytes)))
      writeFileSync(join(target, name), content);
    return target;
  }
});
