import { PROTOCOL } from "../../../core/contract/protocol";
import { RegistryError } from "../runtime/errors";
import type { Call } from "../services/services";

/**
 * Reads the names of Identity Center's users, so that the event about a deleted one says who it was.
 * @throws RegistryError, DirectoryError, LedgerError
 */
export async function refreshDirectory({ services }: Call) {
  const { directory, identityStore, log, now, registry } = services;
  const settings = await registry.directory();
  if (!settings)
    throw new RegistryError("all clusters: no parameter says which directory has the names of users");
  const counts = await directory.refresh(await identityStore.names(settings), now());
  log.info("directory read", counts);
  return { protocol: PROTOCOL, ...counts };
}
