import { getMetadataStorage } from 'class-validator';
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
  const known = type && knownFields(type);
  const [prefix, kind] = where === 'query' ? ['?', 'parameter'] : ['/', 'property'];
  return Object.keys(given)
    .filter((name) => !known?.has(name))
    .map((name) => ({ pointer: prefix + escapePointer(name), detail: `is not a known ${kind}` }));
}

/** RFC 6901. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
