import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';

type AnyClass = new () => object;

interface StructureOptions {
  required?: boolean;
  description?: string;
  nullable?: boolean;
  example?: unknown;
}

/** These three are for answers only: every input of this API is flat. */
export function Nested(type: () => AnyClass, options: StructureOptions = {}): PropertyDecorator {
  return ApiProperty({ type: () => type(), ...options });
}

export function ListOf(type: () => AnyClass, options: StructureOptions = {}): PropertyDecorator {
  return ApiProperty({ type: () => [type()], ...options });
}

/** An object with names that nobody fixed: of texts, or of anything at all. */
export function Dictionary(of: 'text' | 'anything', options: StructureOptions = {}): PropertyDecorator {
  return ApiProperty({
    type: 'object',
    additionalProperties: of === 'text' ? { type: 'string' } : true,
    ...options,
  } as ApiPropertyOptions);
}
