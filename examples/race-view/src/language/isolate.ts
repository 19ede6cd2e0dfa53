/**
 * A name in a sentence, between U+2068 and U+2069: its direction is its own, and does not reorder the text around it.
 * For texts without elements; in elements, `<bdi>` does the same.
 */
export function isolate(name: string): string {
  return `\u2068${name}\u2069`;
}
