import type { Schema } from './document.js';

/**
 * Normalizes a schema, so that equivalent schemas are equal: merges `allOf`, turns `anyOf` with null into a type array, and
 * `const` into an enumeration of one value. Does not descend into properties and items.
 */
export function flatten(schema: Schema): Schema {
  const { allOf = [], anyOf, oneOf, const: constant, ...own } = schema;
  const parts: Schema[] = [own, ...allOf.map(flatten)];
  if (constant !== undefined) parts.push({ enum: [constant] });
  const alternatives = (anyOf ?? oneOf)?.map(flatten);
  const nonNull = alternatives?.filter(({ type }) => type !== 'null');
  const [value] = nonNull ?? [];
  if (value && nonNull?.length === 1) parts.push(nonNull.length === alternatives?.length ? value : orNull(value));
  else if (alternatives) parts.push({ anyOf: alternatives });
  return parts.reduce(merge);
}

/** The types that a schema allows; without `type`, those of the enumeration's values. */
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

/** The intersection of two schemas. */
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
