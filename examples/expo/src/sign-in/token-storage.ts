/**
 * Keeps the refresh token in the keychain or keystore. Only this one is stored: the others are fetched with it at the
 * start of the app, and `expo-secure-store` may refuse values of more than 2048 bytes.
 */
import { deleteItemAsync, getItemAsync, setItemAsync } from 'expo-secure-store';

const KEY = 'lockin.refresh-token';

export const loadRefreshToken = (): Promise<string | null> => getItemAsync(KEY);
export const saveRefreshToken = (token: string): Promise<void> => setItemAsync(KEY, token);
export const deleteRefreshToken = (): Promise<void> => deleteItemAsync(KEY);
