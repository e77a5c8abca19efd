import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { cacheDirectory } from "./cache-directory";
import { findOnPath } from "./child-process";
import { MissingPartError } from "./local-error";

const run = promisify(execFile);
const INSTALL = "install them (Debian: apt-get install spin gcc), then try again";

/** The model checker, and the compiler that it needs. */
export interface Spin {
  readonly spin: string;
  readonly compiler: string;
}

/**
 * Spin: from PATH, else from Debian's package, which is unpacked into the cache (once; needs no root).
 *
 * @throws MissingPartError without Spin, or without a C compiler
 * @see https://spinroot.com
 */
export async function findSpin(): Promise<Spin> {
  const compiler = findOnPath("gcc") ?? findOnPath("cc");
  if (!compiler) throw new MissingPartError(`a C compiler is missing, which Spin needs: ${INSTALL}`);
  return { compiler, spin: findOnPath("spin") ?? (await fromDebian()) };
}

async function fromDebian(): Promise<string> {
  const home = cacheDirectory("spin");
  const spin = join(home, "root", "usr", "bin", "spin");
  if (existsSync(spin)) return spin;
  const [aptGet, unpack] = [findOnPath("apt-get"), findOnPath("dpkg-deb")];
  if (!aptGet || !unpack) throw new MissingPartError(`Spin is missing: ${INSTALL}`);
  process.stderr.write("provision-spin: unpacking Debian's package into the cache (once)\n");
  const work = mkdtempSync(join(home, "tmp-"));
  try {
    const lists = join(work, "lists");
    const archives = join(work, "archives");
    for (const directory of [lists, archives]) mkdirSync(join(directory, "partial"), { recursive: true });
    // Lists of its own, so that neither root nor an earlier `apt-get update` is needed.
    const own = [`Dir::State::Lists=${lists}`, `Dir::Cache=${work}`, "Debug::NoLocking=1"];
    const options = ["-qq", ...own.flatMap(option => ["-o", option])];
    await run(aptGet, [...options, "update"], { cwd: work });
    await run(aptGet, [...options, "download", "spin"], { cwd: work });
    const [deb] = readdirSync(work).filter(name => name.endsWith(".deb"));
    await run(unpack, ["-x", join(work, deb ?? ""), join(work, "root")]);
    // Another process may have been faster.
    if (!existsSync(spin)) renameSync(join(work, "root"), join(home, "root"));
    return spin;
  } catch (cause) {
    throw new MissingPartError(`Spin is missing, and apt-get does not give it: ${INSTALL}`, { cause });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
