/**
 * Listens to the browser's `online` and `offline` events. Does nothing on platforms without them, such as React Native.
 * Returns a function that removes the listener.
 */
export function onOnlineChange(listener: (isOnline: boolean) => void): () => void {
  const target = globalThis as Partial<Pick<Window, 'addEventListener' | 'removeEventListener'>>;
  const onOnline = (): void => listener(true);
  const onOffline = (): void => listener(false);
  target.addEventListener?.('online', onOnline);
  target.addEventListener?.('offline', onOffline);
  return () => {
    target.removeEventListener?.('online', onOnline);
    target.removeEventListener?.('offline', onOffline);
  };
}
