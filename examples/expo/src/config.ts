/** Where the app finds its servers. Expo puts `EXPO_PUBLIC_` variables into the bundle. */

/** By default that of `npm start` in the API's repository. An Android device reaches it after `adb reverse tcp:3000 tcp:3000`. */
export const apiUrl = process.env.EXPO_PUBLIC_API_URL ?? 'http://127.0.0.1:3000';

export const cognito = {
  /** For example `https://your-pool.auth.eu-central-1.amazoncognito.com`. */
  domain: process.env.EXPO_PUBLIC_COGNITO_DOMAIN ?? '',
  /** A public client, without a secret. */
  clientId: process.env.EXPO_PUBLIC_COGNITO_CLIENT_ID ?? '',
};

/** Without Cognito the app signs in as a demo user of the local stack. */
export const usesCognito = cognito.domain !== '';
