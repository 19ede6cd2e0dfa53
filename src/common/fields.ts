import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { isURL, ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { readInstant } from './instant.js';

interface FieldOptions<Value = unknown> {
  description?: string;
  example?: unknown;
  /** What an absent input stands for; the class sets it itself. */
  default?: Value;
  /** Null is a value. */
  nullable?: boolean;
  /** An input that may be left out; null then equals absent (specification 1, Format). */
  optional?: boolean;
  /** An optional input where null is not the same as absent: it clears. */
  clearable?: boolean;
  /** A query parameter: it arrives as text, and null is unknown to it. */
  query?: boolean;
  /** Another property without which this one says nothing. */
  together?: string;
}

/** Says what the value means, or undefined if it is not acceptable. */
type Reader = (value: unknown) => unknown;

/** Takes the place of what could not be read, so that each value is read only once. */
const REFUSED = Symbol('refused');

/**
 * One property of a request or an answer: its schema in the OpenAPI document, how it is read and what is said when it
 * cannot be.
 */
function field(
  schema: ApiPropertyOptions,
  read: Reader,
  expectation: string,
  options: FieldOptions,
): PropertyDecorator {
  const { optional = false, clearable = false, nullable = optional && !options.query } = options;
  const { description, example, default: fallback } = options;
  const nullMeansAbsent = optional && !clearable;
  const decorators = [
    ApiProperty({
      ...schema,
      required: !optional,
      ...defined({ description, example, default: fallback }),
      ...(nullable && { nullable }),
    } as ApiPropertyOptions),
    Transform(({ value }: { value: unknown }) => {
      if (value === null && nullable) return nullMeansAbsent ? undefined : null;
      return read(value) ?? REFUSED;
    }),
    ValidateBy(
      { name: 'readable', validator: { validate: (value) => value !== REFUSED && value !== undefined } },
      { message: ({ value }) => (value === undefined ? 'is required' : expectation) },
    ),
    ...(options.together ? [needs(options.together)] : []),
    ValidateIf((_, value) => !(value === undefined && optional) && !(value === null && nullable)),
  ];
  return (target, name) => decorators.forEach((decorate) => decorate(target, name));
}

function needs(other: string): PropertyDecorator {
  const validate = (_: unknown, args?: ValidationArguments): boolean =>
    (args?.object as Record<string, unknown>)[other] !== undefined;
  return ValidateBy({ name: 'together', validator: { validate } }, { message: `must come together with ${other}` });
}

function defined(properties: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

export function Uuid(options: FieldOptions<string> = {}): PropertyDecorator {
  const read: Reader = (value) => (isUuid(value) ? value.toLowerCase() : undefined);
  return field({ type: String, format: 'uuid' }, read, 'must be a UUID', options);
}

/** Trimmed text; its length counts characters as people see code points, not UTF-16 units. */
export function Text(min = 0, max = Infinity, options: FieldOptions<string> = {}): PropertyDecorator {
  const read: Reader = (value) => {
    if (typeof value !== 'string') return undefined;
    const text = value.trim();
    const length = text.length <= min || text.length > max ? Array.from(text).length : text.length;
    return length >= min && length <= max ? text : undefined;
  };
  const limits = { ...(min > 0 && { minLength: min }), ...(max < Infinity && { maxLength: max }) };
  const expectation = max === Infinity ? 'must be text' : `must be text of ${min} to ${max} characters`;
  return field({ type: String, ...limits }, read, expectation, options);
}

/** A point in time: any RFC 3339 timestamp with an offset is read as UTC in milliseconds. */
export function Instant(options: FieldOptions<string> = {}): PropertyDecorator {
  const read: Reader = (value) => (typeof value === 'string' ? readInstant(value) : undefined);
  const expectation = 'must be a time with an offset, such as 2026-11-22T18:57:38.123Z, from 2000 to 2099';
  return field({ type: String, format: 'date-time' }, read, expectation, options);
}

/** A calendar day without a zone, in the years that instants may lie in. */
export function LocalDate(options: FieldOptions<string> = {}): PropertyDecorator {
  const read: Reader = (value) =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && readInstant(`${value}T00:00:00Z`)
      ? value
      : undefined;
  return field({ type: String, format: 'date' }, read, 'must be a date such as 2026-11-22, from 2000 to 2099', options);
}

/** A whole number: of a body a JSON number only, of a query digits only. */
export function Whole(min: number, max = Infinity, options: FieldOptions<number> = {}): PropertyDecorator {
  const read: Reader = (value) => {
    const number = options.query && typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) && number >= min && number <= max
      ? number
      : undefined;
  };
  const limits = { minimum: min, ...(max < Infinity && { maximum: max }) };
  const expectation =
    max === Infinity ? `must be a whole number from ${min}` : `must be a whole number from ${min} to ${max}`;
  return field({ type: 'integer', ...limits }, read, expectation, options);
}

export function OneOf<const Value extends string>(
  values: readonly Value[],
  options: FieldOptions<Value> = {},
): PropertyDecorator {
  const read: Reader = (value) => (values.some((allowed) => allowed === value) ? value : undefined);
  return field({ type: String, enum: [...values] }, read, `must be one of ${values.join(', ')}`, options);
}

export function Flag(options: FieldOptions<boolean> = {}): PropertyDecorator {
  const spelled = new Map<unknown, boolean>([
    ['true', true],
    ['false', false],
  ]);
  const read: Reader = (value) => (typeof value === 'boolean' ? value : options.query ? spelled.get(value) : undefined);
  return field({ type: Boolean }, read, 'must be true or false', options);
}

const LONGEST_ADDRESS = 254;

/** Identity providers verify more addresses than any grammar describes, so only what no address can be is refused. */
export function isEmailAddress(text: string): boolean {
  return text.length <= LONGEST_ADDRESS && text.isWellFormed() && /^[^\s\p{Cc}@]+@[^\s\p{Cc}@]+$/u.test(text);
}

export function EmailAddress(options: FieldOptions<string> = {}): PropertyDecorator {
  const read: Reader = (value) => {
    const address = typeof value === 'string' ? value.trim() : '';
    return isEmailAddress(address) ? address : undefined;
  };
  return field({ type: String }, read, 'must be an e-mail address', options);
}

const URL_RULES = { protocols: ['http', 'https'], require_protocol: true, require_tld: false };

export function Url(options: FieldOptions<string> = {}): PropertyDecorator {
  const read: Reader = (value) => {
    const url = typeof value === 'string' ? value.trim() : undefined;
    return url !== undefined && url.length <= 2048 && isURL(url, URL_RULES) ? url : undefined;
  };
  return field({ type: String, format: 'uri' }, read, 'must be an http or https URL', options);
}
