import { Whole } from '../http/fields.js';

export class ArchiveResult {
  @Whole(0) archived: number;
}
