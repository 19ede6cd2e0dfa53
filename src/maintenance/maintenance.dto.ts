import { Whole } from '../common/fields.js';

export class ArchiveResult {
  @Whole(0) archived: number;
}
