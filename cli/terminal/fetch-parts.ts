import { gunzipSync } from "node:zlib";
import { type InventoryResponse, inventoryResponseSchema } from "../../core/contract/payload";
import { PROTOCOL } from "../../core/contract/protocol";
import type { Io } from "./command";
import { AwsProblemError } from "./errors";
import { FunctionFailedError, type FunctionTarget, invokeFunction } from "./invoke-function";
import { sha256 } from "./sha256";

/** How often all parts are asked for, if the server changes while they are read. */
const ATTEMPTS = 3;

/** What is asked of the preview function, without the protocol and the part. */
export interface PartedRequest {
  readonly action: "inventory" | "reach";
  readonly cluster: string;
  readonly [field: string]: string;
}

/**
 * What the preview function answers in parts.
 * @param parse undefined if the content is of another release
 * @throws AwsProblemError, CallFailedError
 */
export async function fetchParts<T>(
  target: FunctionTarget,
  request: PartedRequest,
  parse: (content: unknown) => T | undefined,
  io: Io,
): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const content = await fetchContent(target, request, io);
    if (content === undefined) continue;
    const found = parse(JSON.parse(gunzipSync(Buffer.from(content, "base64")).toString("utf8")));
    if (found) return found;
    throw new AwsProblemError(
      `${target.name} answers in the form of another release: use the release of this command that is deployed.`,
    );
  }
  throw new AwsProblemError(
    `The accounts of ${request.cluster} changed each time while they were read. Try again.`,
  );
}

/** All parts together; undefined if they are not of one content. */
async function fetchContent(
  target: FunctionTarget,
  request: PartedRequest,
  io: Io,
): Promise<string | undefined> {
  const first = await fetchPart(target, request, 0, io);
  const parts = [first];
  while (parts.length < first.parts) {
    const next = await fetchPart(target, request, parts.length, io);
    if (next.sha256 !== first.sha256) return undefined;
    parts.push(next);
  }
  const content = parts.map(part => part.content).join("");
  return sha256(content) === first.sha256 ? content : undefined;
}

async function fetchPart(
  target: FunctionTarget,
  request: PartedRequest,
  part: number,
  io: Io,
): Promise<InventoryResponse> {
  const payload = { protocol: PROTOCOL, ...request, part };
  const answer = await invokeFunction(target, payload, io).catch((cause: unknown) => {
    if (!isUnknownAction(cause)) throw cause;
    throw new AwsProblemError(
      `${target.name} is of an older release: deploy the reconciler of this one first.`,
      { cause },
    );
  });
  const { data } = inventoryResponseSchema.safeParse(answer);
  if (data) return data;
  throw new AwsProblemError(
    `${target.name} does not answer as the preview function does: is it the right one?`,
  );
}

/** How a function of an older release refuses an action that it does not know. */
const isUnknownAction = (error: unknown): boolean =>
  error instanceof FunctionFailedError && error.code === "InvalidInput";
