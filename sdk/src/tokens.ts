/** The bearer token. `refresh` is true after a 401: get another one. Null: not signed in. */
export type TokenSupplier = (why: { refresh: boolean }) => Promise<string | null> | string | null;

export interface Tokens {
  current(): Promise<string | null>;
  /** Another one in place of `refused`; all who ask about the same one share one refresh. */
  after(refused: string): Promise<string | null>;
}

export function createTokens(supply: TokenSupplier): Tokens {
  let last: { refused: string; fresh: Promise<string | null> } | undefined;

  return {
    current: async () => await supply({ refresh: false }),
    after: async (refused) => {
      if (last?.refused !== refused) last = { refused, fresh: Promise.resolve(supply({ refresh: true })) };
      const mine = last;
      try {
        return await mine.fresh;
      } catch (error) {
        // The next 401 may try again.
        if (last === mine) last = undefined;
        throw error;
      }
    },
  };
}
