/** A whole number in Western or Arabic digits; NaN for another text. */
export function readNumber(text: string): number {
  const digits = text.trim().replace(/[٠-٩۰-۹]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
  return /^\d{1,5}$/.test(digits) ? Number(digits) : NaN;
}
