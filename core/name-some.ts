/** `sl_bob, sl_eve and 3 more`: each name once, in the order given. */
export function nameSome(names: Iterable<string>, most = 10): string {
  const all = [...new Set(names)];
  return all.length > most
    ? `${all.slice(0, most).join(", ")} and ${all.length - most} more`
    : all.join(", ");
}
