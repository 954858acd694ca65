/**
 * A small immutable map that forgets what was used longest ago.
 */

/** A copy of `map` with `key` as its newest entry and at most `limit` entries. */
export const remember = <Value>(
  map: ReadonlyMap<string, Value>,
  key: string,
  value: Value,
  limit: number,
): ReadonlyMap<string, Value> => {
  const next = new Map(map);
  next.delete(key);
  next.set(key, value);
  for (const oldest of next.keys()) {
    if (next.size <= limit) break;
    next.delete(oldest);
  }
  return next;
};
