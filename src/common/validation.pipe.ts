import { type ArgumentMetadata, Injectable, ValidationPipe } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { listedClass } from './fields.js';
import { type FieldError, invalid } from './problem.js';
import { knownFields, unknownFields } from './unknown-fields.js';

type Class = new () => object;

/** Replaces nesting that a class does not expect: class-transformer fails on `{"constructor": 1}`. */
const NOT_FLAT = Symbol('not flat');

class InvalidFields extends Error {
  constructor(readonly errors: ValidationError[]) {
    super('invalid fields');
  }
}

/**
 * Nest's ValidationPipe for bodies and queries, whose classes carry the decorators of fields.ts. Answers a 400 that lists
 * every field error, unknown names first; names such as `__proto__` are unknown as well.
 */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  /** Classes without required fields: an empty input, the usual one for the verbs of sessions, is valid. */
  private readonly optional = new Set<Class>();

  constructor() {
    super({
      transform: true,
      transformOptions: { exposeUnsetFields: false },
      exceptionFactory: (errors) => new InvalidFields(errors),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const { type, metatype } = metadata;
    if ((type !== 'body' && type !== 'query') || metatype === undefined) return value;
    const given = value ?? {};
    if (typeof given !== 'object' || Array.isArray(given))
      throw invalid({ pointer: '', detail: 'must be a JSON object' });
    const isEmpty = Object.keys(given).length === 0;
    if (isEmpty && this.optional.has(metatype as Class)) return new (metatype as Class)();
    const unknown = unknownFields(given, type, metatype as Class);
    try {
      const input: unknown = await super.transform(flat(given, metatype as Class), metadata);
      if (unknown.length > 0) throw new InvalidFields([]);
      if (isEmpty) this.optional.add(metatype as Class);
      return input;
    } catch (error) {
      if (!(error instanceof InvalidFields)) throw error;
      throw invalid(...unknown, ...error.errors.flatMap((each) => fieldErrors(each, type, given)));
    }
  }

  /** No rule of fields.ts is asynchronous. */
  protected override validate(object: object): ValidationError[] {
    return validateSync(object, { forbidUnknownValues: false });
  }
}

/** The fields of a body that are valid for a class; nothing if it is no object. */
export function validFields<T extends object>(type: new () => T, body: unknown): Partial<T> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return {};
  const input = plainToInstance(type, flat(body, type), { exposeUnsetFields: false });
  const invalidNames = new Set(validateSync(input, { forbidUnknownValues: false }).map(({ property }) => property));
  const fields = Object.entries(input).filter(([name]) => knownFields(type).has(name) && !invalidNames.has(name));
  return Object.fromEntries(fields) as Partial<T>;
}

function flat(given: object, type: Class): object {
  const properties = Object.entries(given) as [string, unknown][];
  return Object.fromEntries(
    properties.filter(([name]) => name !== '__proto__').map(([name, value]) => [name, flatValue(type, name, value)]),
  );
}

/** An element of a list that is no object becomes an empty one, which lacks its required fields. */
function flatValue(type: Class, name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const listed = listedClass(type, name, value);
  if (!listed) return NOT_FLAT;
  return (value as unknown[]).map((each) => (typeof each === 'object' && each !== null ? flat(each, listed) : {}));
}

function fieldErrors(error: ValidationError, where: 'body' | 'query', given: object): FieldError[] {
  if (where === 'body') return bodyErrors(error, '/');
  const isRepeated = Array.isArray((given as Record<string, unknown>)[error.property]);
  const detail = isRepeated ? 'must be given only once' : messageOf(error);
  return [{ pointer: '?' + error.property, detail: detail ?? 'is not valid' }];
}

function bodyErrors(error: ValidationError, prefix: string): FieldError[] {
  const pointer = prefix + error.property;
  const detail = messageOf(error);
  const nested = (error.children ?? []).flatMap((child) => bodyErrors(child, `${pointer}/`));
  return detail === undefined ? nested : [{ pointer, detail }];
}

function messageOf({ constraints = {} }: ValidationError): string | undefined {
  return constraints['valid'] ?? Object.values(constraints)[0];
}
