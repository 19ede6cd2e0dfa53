export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

export const timeAt = (ms) => new Date(ms).toISOString();

export const dateAt = (ms) => timeAt(ms).slice(0, 10);
