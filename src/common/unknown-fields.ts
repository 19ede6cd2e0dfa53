import { getMetadataStorage } from 'class-validator';
import { listedClass } from './fields.js';
import type { FieldError } from './problem.js';

type Class = new () => object;

const knownNames = new Map<Class, ReadonlySet<string>>();

/** The properties that a class validates. */
export function knownFields(type: Class): ReadonlySet<string> {
  let names = knownNames.get(type);
  if (!names) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
    knownNames.set(type, (names = new Set(rules.map((rule) => rule.propertyName))));
  }
  return names;
}

/** Errors for the names that a class does not know; all of them are unknown without a class (specification 1). */
export function unknownFields(given: object, where: 'body' | 'query', type?: Class): FieldError[] {
  return where === 'query' ? unknownNames(given, '?', 'parameter', type) : unknownNames(given, '/', 'property', type);
}

function unknownNames(given: object, prefix: string, kind: string, type?: Class): FieldError[] {
  const known = type && knownFields(type);
  return Object.entries(given).flatMap(([name, value]: [string, unknown]) => {
    const pointer = prefix + escapePointer(name);
    if (!type || !known?.has(name)) return [{ pointer, detail: `is not a known ${kind}` }];
    const listed = listedClass(type, name, value);
    if (!listed) return [];
    return (value as unknown[]).flatMap((each, index) =>
      typeof each === 'object' && each !== null ? unknownNames(each, `${pointer}/${index}/`, kind, listed) : [],
    );
  });
}

/** RFC 6901. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
