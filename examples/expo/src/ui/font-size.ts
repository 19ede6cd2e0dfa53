/** Phones scale text by themselves. */
export const fontSize = (points: number): number => points;
