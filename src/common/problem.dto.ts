import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Text } from './fields.js';
import { problemCodes } from './problem.js';
import { ListOf } from './response-fields.js';

@ApiSchema({ name: 'FieldError' })
export class FieldErrorBody {
  @Text()
  pointer: string;

  @Text()
  detail: string;
}

@ApiSchema({ name: 'Problem' })
export class ProblemBody {
  @ApiProperty({ type: String, format: 'uri' })
  type: string;

  @Text()
  title: string;

  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599 })
  status: number;

  @Text()
  detail: string;

  @Text()
  instance: string;

  @ApiProperty({ type: String, enum: Object.keys(problemCodes) })
  code: string;

  @Text()
  request_id: string;

  @ListOf(() => FieldErrorBody, { required: false })
  errors?: FieldErrorBody[];

  @ApiProperty({ type: String, format: 'uuid', required: false })
  session_id?: string;
}
