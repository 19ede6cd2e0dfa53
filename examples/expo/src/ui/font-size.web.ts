/** In rem, which grows with the size of text that the user has set in the browser. React Native's types know no units. */
export const fontSize = (points: number): number => `${points / 16}rem` as unknown as number;
