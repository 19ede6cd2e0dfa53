/**
 * Creates a random `Idempotency-Key` of 32 hexadecimal digits. React Native has no `crypto`; `Math.random` is enough
 * there, because a key must differ only from the same user's other keys.
 */
export function createIdempotencyKey(): string {
  const bytes = new Uint8Array(16);
  const { crypto } = globalThis as { crypto?: Partial<Crypto> };
  if (crypto?.getRandomValues) crypto.getRandomValues(bytes);
  else bytes.forEach((_, index) => (bytes[index] = Math.floor(Math.random() * 256)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
