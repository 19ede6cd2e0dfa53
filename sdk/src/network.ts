/** Browsers tell when the network comes and goes; where nobody tells, nothing is heard. Answers how to stop hearing. */
export function onNetwork(hear: (online: boolean) => void): () => void {
  const platform = globalThis as Partial<Pick<Window, 'addEventListener' | 'removeEventListener'>>;
  const online = (): void => hear(true);
  const offline = (): void => hear(false);
  platform.addEventListener?.('online', online);
  platform.addEventListener?.('offline', offline);
  return () => {
    platform.removeEventListener?.('online', online);
    platform.removeEventListener?.('offline', offline);
  };
}
