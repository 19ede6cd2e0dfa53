import { setTimeout as after } from 'node:timers/promises';

/** Waits until something holds, and says what it waited for if it never does. */
export async function until(holds: () => unknown, ms = 8000): Promise<void> {
  const end = performance.now() + ms;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`It never came: ${holds.toString()}`);
    await after(10);
  }
}
