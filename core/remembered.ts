/**
 * The function, with the results of the last texts kept: thousands of rows and grants hold the same few
 * texts. Its callers share the results, and must not change them.
 * @param most how many results are kept at most
 */
export function remembered<T>(read: (text: string) => T, most = 5_000): (text: string) => T {
  const known = new Map<string, T>();
  return text => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const result = read(text);
    if (known.size >= most) known.clear();
    known.set(text, result);
    return result;
  };
}

/** The same of a list: its result is kept as long as the list. */
export function rememberedOf<K extends object, T>(make: (list: K) => T): (list: K) => T {
  const known = new WeakMap<K, T>();
  return list => {
    const result = known.get(list) ?? make(list);
    known.set(list, result);
    return result;
  };
}
