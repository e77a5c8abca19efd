import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentials } from "./credentials";

/** How long AWS may take to answer, in milliseconds. */
const TIMEOUT_MS = 5_000;

export interface SignedRequest {
  /** As in host names and signatures: `rds`. */
  readonly service: string;
  readonly region: string;
  /** Takes the place of AWS's own, as on the local cloud. */
  readonly endpoint: string | undefined;
  readonly credentials: AwsCredentials;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends one signed request, for services whose whole client would be the larger part of the functions' code.
 * @throws what the connection failed with, also while the answer is read
 */
export async function sendSigned({ body, credentials, headers, region, service, ...to }: SignedRequest) {
  const domain = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const url = new URL(to.endpoint ?? `https://${service}.${region}.${domain}`);
  const { host, hostname, protocol } = url;
  const request = { method: "POST", protocol, hostname, path: "/", headers: { host, ...headers }, body };
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const signed = await signer.sign(request);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await fetch(url, { method: "POST", headers: signed.headers, body, signal });
  return { ok: answer.ok, status: answer.status, text: await answer.text() };
}
