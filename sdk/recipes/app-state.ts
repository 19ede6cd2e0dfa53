/** Tells TanStack Query and the offline queue about the network and the foreground, which React Native has no events for. */
import NetInfo from '@react-native-community/netinfo';
import type { OfflineQueue } from '@lockin/sdk';
import { focusManager, onlineManager } from '@tanstack/react-query';
import { AppState } from 'react-native';

/** Call it once, when the app starts. Returns a function that removes the listeners. */
export function connectToDevice(queue: Pick<OfflineQueue, 'flush'>): () => void {
  // It rejects if the storage cannot be read, and tries again by itself.
  const flush = (): void => void queue.flush().catch(() => undefined);
  const stopNetwork = NetInfo.addEventListener(({ isConnected }) => {
    // Null means not known yet.
    onlineManager.setOnline(isConnected !== false);
    if (isConnected === true) flush();
  });
  const appState = AppState.addEventListener('change', (state) => {
    focusManager.setFocused(state === 'active');
    if (state === 'active') flush();
  });
  return () => {
    stopNetwork();
    appState.remove();
    // Without a listener the state would stay offline, and a sign-in would wait.
    onlineManager.setOnline(true);
  };
}
