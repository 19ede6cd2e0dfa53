/** Tells TanStack Query and the offline queue about the network and the foreground, which React Native has no events for. */
import NetInfo from '@react-native-community/netinfo';
import type { OfflineQueue } from '@lockin/sdk';
import { focusManager, onlineManager } from '@tanstack/react-query';
import { AppState } from 'react-native';

/** Returns a function that removes the listeners. */
export function connectToDevice(queue: Pick<OfflineQueue, 'flush'>): () => void {
  const stopNetwork = NetInfo.addEventListener(({ isConnected }) => {
    // Null means not known yet.
    onlineManager.setOnline(isConnected !== false);
    if (isConnected === true) void queue.flush();
  });
  const appState = AppState.addEventListener('change', (state) => {
    focusManager.setFocused(state === 'active');
    if (state === 'active') void queue.flush();
  });
  return () => {
    stopNetwork();
    appState.remove();
  };
}
