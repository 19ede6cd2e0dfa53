import { ApiProperty, getSchemaPath } from '@nestjs/swagger';
import { OneOf } from '../../common/fields.js';

export class HealthIndicator {
  @OneOf(['up'])
  status: 'up';
}

const indicators = () =>
  ApiProperty({ type: 'object', additionalProperties: { $ref: getSchemaPath(HealthIndicator) } });

/** The response of @nestjs/terminus. */
export class Health {
  @OneOf(['ok'])
  status: 'ok';

  @indicators()
  info: Record<string, HealthIndicator>;

  @indicators()
  error: Record<string, HealthIndicator>;

  @indicators()
  details: Record<string, HealthIndicator>;
}
