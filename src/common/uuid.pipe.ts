import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { isUuid } from './fields.js';
import { invalid } from './problem.js';

/** An id of the path, in lower case (specification 1, Format). Anything but a UUID is a 400 that names the parameter. */
@Injectable()
export class UuidPipe implements PipeTransform<string, string> {
  transform(value: string, { data = '' }: ArgumentMetadata): string {
    if (!isUuid(value)) throw invalid({ pointer: `{${data}}`, detail: 'must be a UUID' });
    return value.toLowerCase();
  }
}
