import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';

type AnyClass = new () => object;

interface StructureOptions {
  required?: boolean;
  nullable?: boolean;
}

/** Nested fields are for responses only: every input of this API is flat. */
export function Nested(type: () => AnyClass, options: StructureOptions = {}): PropertyDecorator {
  return ApiProperty({ type: () => type(), ...options });
}

export function ListOf(type: () => AnyClass, options: StructureOptions = {}): PropertyDecorator {
  return ApiProperty({ type: () => [type()], ...options });
}

/** An object whose names are not fixed; its values are text or anything. */
export function Dictionary(
  of: 'text' | 'anything',
  { isArray = false, ...options }: StructureOptions & { isArray?: boolean } = {},
): PropertyDecorator {
  const schema = { type: 'object', additionalProperties: of === 'text' ? { type: 'string' } : true };
  return ApiProperty({ ...(isArray ? { type: 'array', items: schema } : schema), ...options } as ApiPropertyOptions);
}
