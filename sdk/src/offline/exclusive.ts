/** The part of the Web Locks API that is used. React Native does not have it, and runs one copy of an app. */
interface Locks {
  request: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

const tails = new Map<string, Promise<unknown>>();

/** Runs one piece of work at a time for each name: among all tabs where the platform has Web Locks, else in this process. */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { locks } = (globalThis as { navigator?: { locks?: Locks } }).navigator ?? {};
  if (locks) return await locks.request(name, work);
  const previous = tails.get(name) ?? Promise.resolve();
  const result = previous.then(work);
  const tail = result.catch(() => undefined);
  tails.set(name, tail);
  void tail.then(() => tails.get(name) === tail && tails.delete(name));
  return await result;
}
