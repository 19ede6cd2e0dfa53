import { type ArgumentMetadata, Body, Injectable, type PipeTransform, Query } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, type ValidationError, validateSync } from 'class-validator';
import { OPTIONAL_BODY } from './openapi-extensions.js';
import { type Fault, invalid } from './problem.js';
import { noteTaken, type Takes } from './takes.js';

type Shape = new () => object;

/** Stands for an object or a list: every input is flat, and class-transformer trips over `{"constructor": 1}`. */
const NOT_FLAT = Symbol('not flat');

const known = new Map<Shape, Set<string>>();

/** Shapes of which nothing is required: for them an empty input, which is the most usual one, needs no second look. */
const optional = new Set<Shape>();

/** Reads a body or a query into the class that the controller names, or says everything that is wrong with it. */
@Injectable()
export class InputPipe implements PipeTransform<unknown, object> {
  transform(value: unknown, { type, metatype }: ArgumentMetadata): object {
    const shape = metatype as Shape;
    const prefix = type === 'query' ? '?' : '/';
    const given = value ?? {};
    if (typeof given !== 'object' || Array.isArray(given))
      throw invalid({ pointer: '', detail: 'must be a JSON object' });
    const isEmpty = Object.keys(given).length === 0;
    if (isEmpty && optional.has(shape)) return new shape();
    const strangers = unknownNames(shape, given, prefix);
    if (strangers.length > 0) throw invalid(...strangers);
    const input = plainToInstance(shape, flat(given), { exposeUnsetFields: false });
    const errors = validateSync(input, { forbidUnknownValues: false });
    if (errors.length > 0) throw invalid(...errors.map((error) => toFault(error, prefix, given)));
    if (isEmpty) optional.add(shape);
    return input;
  }
}

/** The request's body. Every property of its class carries a decorator of fields.ts. */
export const Input = (): ParameterDecorator => reading('body', Body(new InputPipe()));

/** The same for a route that can be called without a body; then its properties are all absent. */
export function OptionalInput(): ParameterDecorator {
  return (target, method, index) => {
    Input()(target, method, index);
    if (method === undefined) return;
    const descriptor = Object.getOwnPropertyDescriptor(target, method) as PropertyDescriptor;
    ApiExtension(OPTIONAL_BODY, true)(target, method, descriptor);
  };
}

/** The request's query. */
export const Filter = (): ParameterDecorator => reading('query', Query(new InputPipe()));

function reading(what: keyof Takes, decorate: ParameterDecorator): ParameterDecorator {
  return (target, method, index) => {
    decorate(target, method, index);
    if (method !== undefined) noteTaken(target, method, what);
  };
}

function unknownNames(shape: Shape, given: object, prefix: string): Fault[] {
  let names = known.get(shape);
  if (!names) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(shape, '', false, false);
    known.set(shape, (names = new Set(rules.map((rule) => rule.propertyName))));
  }
  const kind = prefix === '?' ? 'parameter' : 'property';
  return Object.keys(given)
    .filter((name) => !names.has(name))
    .map((name) => ({ pointer: prefix + escapePointer(name), detail: `is not a known ${kind}` }));
}

function flat(given: object): object {
  const properties = Object.entries(given) as [string, unknown][];
  return Object.fromEntries(
    properties.map(([name, value]) => [name, typeof value === 'object' && value !== null ? NOT_FLAT : value]),
  );
}

function toFault({ property, constraints = {} }: ValidationError, prefix: string, given: object): Fault {
  const isList = Array.isArray((given as Record<string, unknown>)[property]);
  const detail = isList && prefix === '?' ? 'must be given only once' : Object.values(constraints)[0];
  return { pointer: prefix + property, detail: detail ?? 'is not valid' };
}

/** RFC 6901. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
