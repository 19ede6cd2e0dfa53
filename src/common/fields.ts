import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { isURL, ValidateBy, ValidateIf, ValidateNested, type ValidationArguments } from 'class-validator';
import { readInstant } from './instant.js';

interface FieldOptions<Value = unknown> {
  /** Documented default of an absent input; the class sets it. */
  default?: Value;
  /** Null is a value of its own. */
  nullable?: boolean;
  /** The input may be absent, and null equals absent (specification 1, Format). */
  optional?: boolean;
  /** An optional input where null clears instead. */
  clearable?: boolean;
  /** A query parameter: its value is text and cannot be null. */
  query?: boolean;
  /** Another property that must be given as well. */
  requires?: string;
}

/** Returns the parsed value, or undefined if the value is invalid. */
type Parse = (value: unknown) => unknown;

/** Replaces an invalid value, so that each value is parsed only once. */
const INVALID = Symbol('invalid');

/** A property of a request or response: its OpenAPI schema, how it is parsed, and the error message if it is invalid. */
function field(schema: ApiPropertyOptions, parse: Parse, message: string, options: FieldOptions): PropertyDecorator {
  const { optional = false, clearable = false, nullable = optional && !options.query } = options;
  const { default: fallback } = options;
  const nullMeansAbsent = optional && !clearable;
  const decorators = [
    ApiProperty({
      ...schema,
      required: !optional,
      ...(fallback !== undefined && { default: fallback }),
      ...(nullable && { nullable }),
    } as ApiPropertyOptions),
    Transform(({ value }: { value: unknown }) => {
      if (value === null && nullable) return nullMeansAbsent ? undefined : null;
      return parse(value) ?? INVALID;
    }),
    ValidateBy(
      { name: 'valid', validator: { validate: (value) => value !== INVALID && value !== undefined } },
      { message: ({ value }) => (value === undefined ? 'is required' : message) },
    ),
    ...(options.requires ? [required(options.requires)] : []),
    ValidateIf((_, value) => !(value === undefined && optional) && !(value === null && nullable)),
  ];
  return (target, name) => decorators.forEach((decorate) => decorate(target, name));
}

function required(other: string): PropertyDecorator {
  const validate = (_: unknown, args?: ValidationArguments): boolean =>
    (args?.object as Record<string, unknown>)[other] !== undefined;
  return ValidateBy({ name: 'requires', validator: { validate } }, { message: `must come together with ${other}` });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

export function Uuid(options: FieldOptions<string> = {}): PropertyDecorator {
  const parse: Parse = (value) => (isUuid(value) ? value.toLowerCase() : undefined);
  return field({ type: String, format: 'uuid' }, parse, 'must be a UUID', options);
}

/** Trimmed text; its length is counted in code points, not in UTF-16 units. */
export function Text(min = 0, max = Infinity, options: FieldOptions<string> = {}): PropertyDecorator {
  const parse: Parse = (value) => {
    if (typeof value !== 'string') return undefined;
    const text = value.trim();
    const length = text.length <= min || text.length > max ? Array.from(text).length : text.length;
    return length >= min && length <= max ? text : undefined;
  };
  const limits = { ...(min > 0 && { minLength: min }), ...(max < Infinity && { maxLength: max }) };
  const message = max === Infinity ? 'must be text' : `must be text of ${min} to ${max} characters`;
  return field({ type: String, ...limits }, parse, message, options);
}

/** An RFC 3339 timestamp with an offset, parsed to UTC in milliseconds. */
export function Instant(options: FieldOptions<string> = {}): PropertyDecorator {
  const parse: Parse = (value) => (typeof value === 'string' ? readInstant(value) : undefined);
  const message = 'must be a time with an offset, such as 2026-11-22T18:57:38.123Z, from 2000 to 2099';
  return field({ type: String, format: 'date-time' }, parse, message, options);
}

/** A calendar day without a time zone, from 2000 to 2099. */
export function LocalDate(options: FieldOptions<string> = {}): PropertyDecorator {
  const parse: Parse = (value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && readInstant(`${value}T00:00:00Z`)
      ? value
      : undefined;
  return field(
    { type: String, format: 'date' },
    parse,
    'must be a date such as 2026-11-22, from 2000 to 2099',
    options,
  );
}

/** A whole number: in a body a JSON number only, in a query digits only. */
export function Whole(min: number, max = Infinity, options: FieldOptions<number> = {}): PropertyDecorator {
  const parse: Parse = (value) => {
    const number = options.query && typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  };
  const limits = { minimum: min, ...(max < Infinity && { maximum: max }) };
  const message =
    max === Infinity ? `must be a whole number from ${min}` : `must be a whole number from ${min} to ${max}`;
  return field({ type: 'integer', ...limits }, parse, message, options);
}

export function OneOf<const Value extends string>(
  values: readonly Value[],
  options: FieldOptions<Value> = {},
): PropertyDecorator {
  const parse: Parse = (value) => (values.some((allowed) => allowed === value) ? value : undefined);
  return field({ type: String, enum: [...values] }, parse, `must be one of ${values.join(', ')}`, options);
}

export function Flag(options: FieldOptions<boolean> = {}): PropertyDecorator {
  const spelled = new Map<unknown, boolean>([
    ['true', true],
    ['false', false],
  ]);
  const parse: Parse = (value) => (typeof value === 'boolean' ? value : options.query ? spelled.get(value) : undefined);
  return field({ type: Boolean }, parse, 'must be true or false', options);
}

const MAX_ADDRESS_LENGTH = 254;

/** Permissive: identity providers verify addresses that no grammar describes. */
export function isEmailAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS_LENGTH && text.isWellFormed() && /^[^\s\p{Cc}@]+@[^\s\p{Cc}@]+$/u.test(text);
}

export function EmailAddress(options: FieldOptions<string> = {}): PropertyDecorator {
  const parse: Parse = (value) => {
    const address = typeof value === 'string' ? value.trim() : '';
    return isEmailAddress(address) ? address : undefined;
  };
  return field({ type: String }, parse, 'must be an e-mail address', options);
}

const URL_RULES = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

export function Url(options: FieldOptions<string> = {}): PropertyDecorator {
  const parse: Parse = (value) => {
    const url = typeof value === 'string' ? value.trim() : undefined;
    return url !== undefined && url.length <= 2048 && isURL(url, URL_RULES) ? url : undefined;
  };
  return field({ type: String, format: 'uri' }, parse, 'must be an http or https URL', options);
}

type InputClass = new () => object;

const LIST = Symbol('list of inputs');

interface ListOptions {
  readonly type: () => InputClass;
  readonly max: number;
}

/** A required list of 1 to `max` objects. Their own fields are flat. */
export function ListOfInputs(type: () => InputClass, max: number): PropertyDecorator {
  const decorators = [
    ApiProperty({ type: () => [type()], minItems: 1, maxItems: max }),
    Reflect.metadata(LIST, { type, max } satisfies ListOptions) as PropertyDecorator,
    Type(type),
    ValidateNested({ each: true }),
    ValidateBy(
      { name: 'valid', validator: { validate: Array.isArray } },
      { message: ({ value }) => (value === undefined ? 'is required' : `must be a list of 1 to ${max} objects`) },
    ),
  ];
  return (target, name) => decorators.forEach((decorate) => decorate(target, name));
}

/** The class of the objects in a list, if the property of the class is one and the value can be valid. */
export function listedClass(type: InputClass, name: string, value: unknown): InputClass | undefined {
  const list = Reflect.getMetadata(LIST, type.prototype as object, name) as ListOptions | undefined;
  return list && Array.isArray(value) && value.length > 0 && value.length <= list.max ? list.type() : undefined;
}
