/** The parts of other packages that the examples use, with the types of their own declarations. */

declare module 'expo/fetch' {
  interface FetchRequestInit {
    body?: BodyInit;
    credentials?: RequestCredentials;
    headers?: HeadersInit;
    method?: string;
    signal?: AbortSignal;
  }
  export function fetch(url: string, init?: FetchRequestInit): Promise<Response>;
}

declare module 'expo-auth-session' {
  export class TokenResponse {
    accessToken: string;
    idToken?: string;
    refreshToken?: string;
    refreshAsync(config: { clientId: string }, discovery: { tokenEndpoint?: string }): Promise<TokenResponse>;
    shouldRefresh(): boolean;
  }
  /** The token endpoint refused the request; `code` is OAuth's `error`. */
  export class TokenError extends Error {
    code: string;
  }
}

declare module 'expo-image-picker' {
  interface ImagePickerResult {
    canceled: boolean;
    assets: { uri: string; mimeType?: string }[] | null;
  }
  interface ImagePickerOptions {
    mediaTypes?: 'images' | 'videos' | 'livePhotos';
    allowsEditing?: boolean;
    quality?: number;
  }
  export function launchImageLibraryAsync(options?: ImagePickerOptions): Promise<ImagePickerResult>;
}

declare module '@react-native-async-storage/async-storage' {
  const AsyncStorage: {
    getItem(key: string): Promise<string | null>;
    setItem(key: string, value: string): Promise<void>;
    removeItem(key: string): Promise<void>;
  };
  export default AsyncStorage;
}

declare module 'react-native' {
  import type { ComponentType, ReactNode } from 'react';
  export const Text: ComponentType<{ children?: ReactNode; accessibilityLabel?: string }>;
  export const View: ComponentType<{ children?: ReactNode }>;
  export const Pressable: ComponentType<{ children?: ReactNode; onPress?: () => void }>;
  export const Alert: { alert(title: string, message?: string): void };
}

declare module 'msw' {
  export interface HttpHandler {
    isUsed: boolean;
  }
}

declare module 'msw/node' {
  import type { HttpHandler } from 'msw';
  export function setupServer(...handlers: HttpHandler[]): {
    listen(options?: { onUnhandledRequest?: 'error' | 'warn' | 'bypass' }): void;
    close(): void;
  };
}
