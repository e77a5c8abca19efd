import type { Registry } from "../aws/registry";

/**
 * The clusters that have the parameter as a source, by name. None for other parameters, such as pieces of a
 * document.
 */
export async function clustersOfParameter(registry: Pick<Registry, "entries">, name: string) {
  const entries = await registry.entries();
  return entries
    .filter(({ sources }) => sources.some(({ parameter }) => plain(parameter) === plain(name)))
    .map(({ cluster }) => cluster);
}

/** At the top level a parameter's name may be written with and without its slash. */
const plain = (name: string): string => name.replace(/^\/(?=[^/]+$)/, "");
