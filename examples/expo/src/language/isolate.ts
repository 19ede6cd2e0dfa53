/** Keeps the direction of a name, for example an Arabic one, from changing the order of the text around it. */
export const isolate = (name: string): string => `\u2068${name}\u2069`;
