/** A browser has no keychain: the sign-in lasts as long as the page. */
let refreshToken: string | null = null;

export const loadRefreshToken = async (): Promise<string | null> => refreshToken;
export const saveRefreshToken = async (token: string): Promise<void> => void (refreshToken = token);
export const deleteRefreshToken = async (): Promise<void> => void (refreshToken = null);
