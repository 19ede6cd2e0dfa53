/**
 * Calls a callback of the app in a microtask of its own. An error that it throws becomes an unhandled rejection of the
 * app, and does not interrupt the SDK.
 */
export function deferCallback(callback: () => void): void {
  void Promise.resolve().then(callback);
}
