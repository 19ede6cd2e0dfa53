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
    refreshAsync(config: { clientId: string }, discovery: DiscoveryDocument): Promise<TokenResponse>;
    shouldRefresh(): boolean;
  }
  export interface DiscoveryDocument {
    authorizationEndpoint?: string;
    tokenEndpoint?: string;
  }
  export function makeRedirectUri(options?: { scheme?: string; path?: string }): string;
  interface AuthRequestConfig {
    clientId: string;
    redirectUri: string;
    scopes?: string[];
    usePKCE?: boolean;
  }
  export type AuthSessionResult =
    | { type: 'cancel' | 'dismiss' | 'opened' | 'locked' }
    | { type: 'success' | 'error'; params: Record<string, string> };
  export class AuthRequest {
    constructor(request: AuthRequestConfig);
    codeVerifier?: string;
    promptAsync(discovery: DiscoveryDocument): Promise<AuthSessionResult>;
  }
  interface AccessTokenRequestConfig {
    clientId: string;
    code: string;
    redirectUri: string;
    extraParams?: Record<string, string>;
  }
  export function exchangeCodeAsync(
    config: AccessTokenRequestConfig,
    discovery: Pick<DiscoveryDocument, 'tokenEndpoint'>,
  ): Promise<TokenResponse>;
  export function refreshAsync(
    config: { clientId: string; refreshToken?: string },
    discovery: Pick<DiscoveryDocument, 'tokenEndpoint'>,
  ): Promise<TokenResponse>;
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

declare module '@react-native-community/netinfo' {
  const NetInfo: { addEventListener(listener: (state: { isConnected: boolean | null }) => void): () => void };
  export default NetInfo;
}

declare module 'expo-secure-store' {
  export function getItemAsync(key: string): Promise<string | null>;
  export function setItemAsync(key: string, value: string): Promise<void>;
  export function deleteItemAsync(key: string): Promise<void>;
}

declare module 'react-native' {
  import type { ComponentType, ReactElement, ReactNode } from 'react';
  /** React Native shows text inside of Text only. */
  type Elements = ReactElement | boolean | null | undefined | readonly Elements[];
  export const Text: ComponentType<{ children?: ReactNode; accessibilityLabel?: string }>;
  export const View: ComponentType<{ children?: Elements }>;
  export const Pressable: ComponentType<{ children?: Elements; role?: 'button'; onPress?: () => void }>;
  export const AppState: {
    addEventListener(
      type: 'change',
      listener: (state: 'active' | 'background' | 'inactive' | 'unknown' | 'extension') => void,
    ): { remove(): void };
  };
  export const Alert: { alert(title: string, message?: string): void };
}
