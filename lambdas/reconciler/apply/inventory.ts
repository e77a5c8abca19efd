import { gzipSync } from "node:zlib";
import type { InventoryRequest, InventoryResponse } from "../../../core/contract/payload";
import { PROTOCOL } from "../../../core/contract/protocol";
import { inventoryOf } from "../../../core/import/inventory";
import { sha256Hex } from "../../runtime/hash";
import { observe } from "../mysql/observe";
import { EVERYONE } from "../mysql/observe-queries";
import { InvalidInputError } from "../runtime/errors";
import type { Call } from "../services/services";
import { lookWith } from "./look";
import { usedAccounts } from "./used-accounts";

/** A function's answer has at most 6 MB. */
const PART_LENGTH = 5_000_000;

/**
 * Everything that the server says of all accounts, without any secret. Changes nothing.
 * @throws RegistryError, DatabaseUnreachableError, DatabaseError, CredentialsError, ReaderError
 */
export async function inventory(
  { cluster, part }: InventoryRequest,
  call: Call,
  partLength = PART_LENGTH,
): Promise<InventoryResponse> {
  const { accessDeniedRetry, log, registry } = call.services;
  accessDeniedRetry.end();
  const entry = await registry.entry(cluster);
  const found = await lookWith(entry, call, async (session, onStep) => {
    const observation = await observe(session, EVERYONE, { onStep });
    onStep("who has logged in since the server started");
    const used = await usedAccounts(session);
    return { seen: inventoryOf(entry, observation, used), isUsable: true };
  });
  const content = gzipSync(JSON.stringify(found)).toString("base64");
  const parts = Math.ceil(content.length / partLength);
  if (part >= parts)
    throw new InvalidInputError(`${cluster}: there is no part ${part}, but ${parts} from 0. Ask again.`);
  log.begin({ cluster, action: "inventory" });
  log.info("accounts listed", { accounts: found.observed.accounts.length });
  const from = part * partLength;
  return {
    protocol: PROTOCOL,
    parts,
    sha256: sha256Hex(content),
    content: content.slice(from, from + partLength),
  };
}
