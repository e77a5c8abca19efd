import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { Token } from "cdktf";
import type { IConstruct } from "constructs";
import {
  certificatesAddress,
  REGIONS_WITH_ROOTS,
  REGIONS_WITHOUT_ROOTS,
  regionOfRoot,
} from "../../core/contract/certificate-regions";
import { nearest } from "../../core/users/nearest";
import { quoted, ValidationError } from "../terraform/validation-error";
import type { IReconciler } from "./reconciler-props";

/** The name of the certificates' file in the functions' zip. */
export const CA_BUNDLE_FILE = "ca-bundle.pem";

/** The certificates that the functions trust. */
export interface CaBundle {
  /** The variables that tell the functions. */
  readonly variables: Readonly<Record<string, string>>;
  /** What goes into the zip as `CA_BUNDLE_FILE`; undefined if the zip stays as it is. */
  readonly file: Buffer | undefined;
  /** The regions whose roots are among them; undefined if they may trust others, or are not known. */
  readonly regions: readonly string[] | undefined;
}

/**
 * The most that the variables of a function may have together, in bytes.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const MAX_VARIABLES = 4096;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates that the props give, or those that ship.
 * @throws ValidationError if they are no certificates in PEM, hold a private key, or are given twice
 */
export function caBundle(
  scope: IConstruct,
  { caBundle: text, caBundleFile: path }: { readonly caBundle?: string; readonly caBundleFile?: string },
): CaBundle {
  if (path !== undefined) {
    if (text !== undefined)
      throw new ValidationError("`caBundle` and `caBundleFile` must not both be given", scope);
    const file = readGiven(scope, path);
    const regions = regionsOf(scope, "caBundleFile", file.toString("latin1"));
    return { variables: { CA_BUNDLE_FILE }, file, regions };
  }
  if (text === undefined) return { variables: {}, file: undefined, regions: REGIONS_WITH_ROOTS };
  const regions = Token.isUnresolved(text) ? undefined : regionsOf(scope, "caBundle", text);
  return { variables: { CA_BUNDLE: text }, file: undefined, regions };
}

function readGiven(scope: IConstruct, path: string): Buffer {
  if (Token.isUnresolved(path) || !existsSync(path) || !statSync(path).isFile())
    throw new ValidationError(
      `\`caBundleFile\` must be the path of a file that exists, got: ${quoted(path)}`,
      scope,
    );
  return readFileSync(path);
}

/** The regions of the certificates, if all of them are of RDS. */
function regionsOf(scope: IConstruct, prop: string, pem: string): readonly string[] | undefined {
  const refuse = (what: string): never => {
    throw new ValidationError(`\`${prop}\` ${what}`, scope);
  };
  if (pem.includes("PRIVATE KEY-----")) refuse("must hold certificates alone, and it holds a private key");
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0)
    refuse(
      `must be certificates in PEM (\`-----BEGIN CERTIFICATE-----\`), got: ${quoted(pem, 40)}` +
        `${prop === "caBundle" ? ". Give the path of a file as `caBundleFile`" : ""}`,
    );
  const names = blocks.map((block, index) => {
    try {
      return /^CN=(.*)$/m.exec(new X509Certificate(block).subject)?.[1] ?? "";
    } catch {
      return refuse(
        `must be certificates in PEM, and number ${index + 1} of ${blocks.length} cannot be read`,
      );
    }
  });
  if (!names.every(name => name.startsWith("Amazon RDS "))) return undefined;
  return [...new Set(names.flatMap(name => regionOfRoot(name) ?? []))];
}

/** @throws ValidationError if the variables, with certificates among them, are more than AWS Lambda takes */
export function assertRoom(scope: IConstruct, variables: Readonly<Record<string, string>>): void {
  const { CA_BUNDLE: text } = variables;
  if (text === undefined) return;
  const bytes = Buffer.byteLength(Object.entries(variables).flat().join(""));
  if (bytes > MAX_VARIABLES)
    throw new ValidationError(
      `\`caBundle\` must leave room for the functions' other variables: together they have ${bytes} bytes, and ` +
        `AWS Lambda takes ${MAX_VARIABLES}. Give the path of a file as \`caBundleFile\``,
      scope,
    );
}

/**
 * Why the functions could not verify the servers of a region; undefined if they can.
 * @param region the name of the region; undefined if it is not known at synth
 */
export function rootsFault(reconciler: IReconciler, region: string | undefined): string | undefined {
  const { name, trustedRegions: trusted } = reconciler;
  if (region === undefined || trusted === undefined || trusted.includes(region)) return undefined;
  const all = [...REGIONS_WITH_ROOTS, ...REGIONS_WITHOUT_ROOTS];
  const near = all.includes(region) ? undefined : nearest(region, all);
  return (
    `the functions of ${name} have no root certificate for the region ${region}, so that no plan can reach ` +
    `the cluster: download ${certificatesAddress(region)} and give its path to the reconciler as ` +
    `\`caBundleFile\`, with the files of its other regions in it${near ? `. Or did you mean ${near}?` : ""}`
  );
}
