import { setTimeout as after } from 'node:timers/promises';

/** Waits until the condition is true. Throws an error with the condition's source after `ms` milliseconds. */
export async function until(condition: () => unknown, ms = 8000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Not true within ${ms} ms: ${condition.toString()}`);
    await after(10);
  }
}
