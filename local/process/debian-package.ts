import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { findOnPath } from "./child-process";
import { MissingPartError } from "./local-error";

const run = promisify(execFile);
/** Another process may install a package at the same time. */
const WAIT_FOR_OTHERS = ["-o", "DPkg::Lock::Timeout=300"];

/**
 * Installs a Debian package. This needs Debian and root.
 * @param missing the message when it cannot be installed
 * @throws MissingPartError
 */
export async function installDebianPackage(name: string, missing: string): Promise<void> {
  const [aptGet, isRoot] = [findOnPath("apt-get"), process.getuid?.() === 0];
  if (!aptGet || !isRoot) throw new MissingPartError(missing);
  process.stderr.write(`provision-${name}: installing it (once)\n`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" }, maxBuffer: 64 * 1024 * 1024 };
  try {
    // If this fails because another process fetches the lists, those are as good.
    await run(aptGet, ["-qq", "update"], options).catch(() => {});
    await run(aptGet, ["-qq", ...WAIT_FOR_OTHERS, "install", "-y", "--no-install-recommends", name], options);
  } catch (cause) {
    throw new MissingPartError(missing, { cause });
  }
}
