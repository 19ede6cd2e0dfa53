export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export const timeAt = (ms) => new Date(ms).toISOString();

export const dateAt = (ms) => timeAt(ms).slice(0, 10);

/** Full hours, so that a try with the same Idempotency-Key has the same body. */
export const fullHour = (ms) => ms - (ms % HOUR);
