/** Tells the app something in a turn of its own: what its listener throws is the app's to see and breaks nothing here. */
export function inOwnTurn(tell: () => void): void {
  void Promise.resolve().then(tell);
}
