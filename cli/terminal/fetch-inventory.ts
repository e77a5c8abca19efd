import { gunzipSync } from "node:zlib";
import { type InventoryResponse, inventoryResponseSchema } from "../../core/contract/payload";
import { PROTOCOL } from "../../core/contract/protocol";
import { type Inventory, parseInventory } from "../../core/import/inventory";
import type { Io } from "./command";
import { AwsProblemError } from "./errors";
import { FunctionFailedError, type FunctionTarget, invokeFunction } from "./invoke-function";
import { sha256 } from "./sha256";

/** How often all parts are asked for, if the server changes while they are read. */
const ATTEMPTS = 3;

/**
 * What the server says of all accounts, from the preview function.
 * @throws AwsProblemError, CallFailedError
 */
export async function fetchInventory(target: FunctionTarget, cluster: string, io: Io): Promise<Inventory> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const content = await fetchContent(target, cluster, io);
    if (content === undefined) continue;
    const found = parseInventory(JSON.parse(gunzipSync(Buffer.from(content, "base64")).toString("utf8")));
    if (found) return found;
    throw new AwsProblemError(
      `${target.name} answers in the form of another release: use the release of this command that is deployed.`,
    );
  }
  throw new AwsProblemError(`The accounts of ${cluster} changed each time while they were read. Try again.`);
}

/** All parts together; undefined if they are not of one content. */
async function fetchContent(target: FunctionTarget, cluster: string, io: Io): Promise<string | undefined> {
  const first = await fetchPart(target, cluster, 0, io);
  const parts = [first];
  while (parts.length < first.parts) {
    const next = await fetchPart(target, cluster, parts.length, io);
    if (next.sha256 !== first.sha256) return undefined;
    parts.push(next);
  }
  const content = parts.map(part => part.content).join("");
  return sha256(content) === first.sha256 ? content : undefined;
}

async function fetchPart(
  target: FunctionTarget,
  cluster: string,
  part: number,
  io: Io,
): Promise<InventoryResponse> {
  const request = { protocol: PROTOCOL, action: "inventory", cluster, part };
  const answer = await invokeFunction(target, request, io).catch((error: unknown) => {
    // How a function of an older release refuses an action that it does not know.
    const isOld = error instanceof FunctionFailedError && error.code === "InvalidInput";
    if (!isOld) throw error;
    throw new AwsProblemError(
      `${target.name} is of an older release: deploy the reconciler of this one first.`,
      {
        cause: error,
      },
    );
  });
  const { data } = inventoryResponseSchema.safeParse(answer);
  if (data) return data;
  throw new AwsProblemError(
    `${target.name} does not answer as the preview function does: is it the right one?`,
  );
}
