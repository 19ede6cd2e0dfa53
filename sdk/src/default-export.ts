/**
 * The default export of a package. The CommonJS builds of `openapi-fetch` and `openapi-react-query` have it in different
 * places: `exports.default` and `module.exports`.
 */
export function defaultExport<T>(imported: T & { default?: T }): T {
  return imported.default ?? imported;
}
