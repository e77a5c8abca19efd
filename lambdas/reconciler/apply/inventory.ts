import type { InventoryRequest, InventoryResponse } from "../../../core/contract/payload";
import { inventoryOf } from "../../../core/import/inventory";
import { observe } from "../mysql/observe";
import { EVERYONE } from "../mysql/observe-queries";
import type { Call } from "../services/services";
import { answerPart, PART_LENGTH } from "./answer-part";
import { lookWith } from "./look";
import { usedAccounts } from "./used-accounts";

/**
 * Everything that the server says of all accounts, without any secret. Changes nothing.
 * @throws RegistryError, DatabaseUnreachableError, DatabaseError, CredentialsError, ReaderError
 */
export async function inventory(
  request: InventoryRequest,
  call: Call,
  partLength = PART_LENGTH,
): Promise<InventoryResponse> {
  const { cluster } = request;
  const { accessDeniedRetry, log, registry } = call.services;
  accessDeniedRetry.end();
  const entry = await registry.entry(cluster);
  const found = await lookWith(entry, call, async (session, onStep) => {
    const observation = await observe(session, EVERYONE, { onStep });
    onStep("who has logged in since the server started");
    const used = await usedAccounts(session);
    return { seen: inventoryOf(entry, observation, used), isUsable: true };
  });
  const answer = answerPart(request, found, partLength);
  log.begin({ cluster, action: "inventory" });
  log.info("accounts listed", { accounts: found.observed.accounts.length });
  return answer;
}
