type TokenStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
type Action = (payload: never) => unknown;

export function storedToken(storage: TokenStorage, now?: number): string | undefined;
export function tokenStoragePlugin(
  storage: TokenStorage,
  tokenName: string,
): {
  statePlugins: {
    auth: {
      wrapActions: Record<
        'authorizeOauth2' | 'authorize' | 'logout',
        (original: Action) => (payload: unknown) => unknown
      >;
    };
  };
};
