import type { Schema } from './document.js';

/**
 * The same schema in one form, so that equal meanings look equal: parts of `allOf` are merged, `X or null` is a type, a
 * `const` is an enumeration of one. It is for one level: properties and items come as they are.
 */
export function flatten(schema: Schema): Schema {
  const { allOf = [], anyOf, oneOf, const: only, ...own } = schema;
  const parts: Schema[] = [own, ...allOf.map(flatten)];
  if (only !== undefined) parts.push({ enum: [only] });
  const alternatives = (anyOf ?? oneOf)?.map(flatten);
  const values = alternatives?.filter(({ type }) => type !== 'null');
  const [value] = values ?? [];
  if (value && values?.length === 1) parts.push(values.length === alternatives?.length ? value : orNull(value));
  else if (alternatives) parts.push({ anyOf: alternatives });
  return parts.reduce(merge);
}

/** All the types that a schema allows; an enumeration tells its own without being asked. */
export function typesOf({ type, enum: values = [] }: Schema): string[] {
  if (type !== undefined) return [type].flat();
  return [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))];
}

function orNull(schema: Schema): Schema {
  const types = typesOf(schema);
  return {
    ...schema,
    ...(types.length > 0 && { type: [...new Set([...types, 'null'])] }),
    ...(schema.enum && { enum: [...new Set([...schema.enum, null])] }),
  };
}

/** What satisfies both. */
function merge(a: Schema, b: Schema): Schema {
  const merged: Schema = { ...a, ...b };
  const [types, others] = [typesOf(a), typesOf(b)];
  if (types.length > 0 && others.length > 0) merged.type = types.filter((type) => others.includes(type));
  if (a.enum && b.enum) merged.enum = a.enum.filter((value) => b.enum?.includes(value));
  if (a.required && b.required) merged.required = [...new Set([...a.required, ...b.required])];
  if (a.properties && b.properties) merged.properties = mergeProperties(a.properties, b.properties);
  return merged;
}

function mergeProperties(a: Record<string, Schema>, b: Record<string, Schema>): Record<string, Schema> {
  const merged = { ...a };
  for (const [name, schema] of Object.entries(b)) {
    merged[name] = merged[name] ? { allOf: [merged[name], schema] } : schema;
  }
  return merged;
}
