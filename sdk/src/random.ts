/** An Idempotency-Key. React Native has no crypto of its own; against one's own earlier keys Math.random is enough. */
export function randomKey(): string {
  const bytes = new Uint8Array(16);
  const { crypto } = globalThis as { crypto?: Partial<Crypto> };
  if (crypto?.getRandomValues) crypto.getRandomValues(bytes);
  else bytes.forEach((_, place) => (bytes[place] = Math.floor(Math.random() * 256)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
