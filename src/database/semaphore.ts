interface Waiter {
  readonly grant: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Runs at most `permits` pieces of work at a time, first come, first served. */
export class Semaphore {
  private readonly queue: Waiter[] = [];

  constructor(
    private permits: number,
    private readonly waitMs: number,
  ) {}

  /** Throws what `onTimeout` makes if no permit was free in time. */
  async run<T>(work: () => Promise<T>, onTimeout: () => Error): Promise<T> {
    if (this.permits > 0) this.permits--;
    else await this.wait(onTimeout);
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  private wait(onTimeout: () => Error): Promise<void> {
    return new Promise((grant, reject) => {
      const timer = setTimeout(() => {
        this.queue.splice(this.queue.indexOf(waiter), 1);
        reject(onTimeout());
      }, this.waitMs);
      const waiter = { grant, timer };
      this.queue.push(waiter);
    });
  }

  private release(): void {
    const next = this.queue.shift();
    if (next === undefined) {
      this.permits++;
      return;
    }
    clearTimeout(next.timer);
    next.grant();
  }
}
