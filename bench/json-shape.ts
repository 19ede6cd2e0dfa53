/** Returns the sorted paths of all values in a JSON document, such as `[].user.id`. */
export function jsonShape(json: string): string {
  const paths = new Set<string>();
  collect(JSON.parse(json), '', paths);
  return [...paths].sort().join(' ');
}

function collect(value: unknown, path: string, paths: Set<string>): void {
  if (Array.isArray(value)) value.forEach((item) => collect(item, `${path}[]`, paths));
  else if (typeof value !== 'object' || value === null) paths.add(path);
  else Object.entries(value).forEach(([key, inner]) => collect(inner, `${path}.${key}`, paths));
}
