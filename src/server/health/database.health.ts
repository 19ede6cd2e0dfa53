import { MikroORM } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { Database, statement } from '../../database/database.js';

const ping = statement<[], never>('health', 'SELECT 1');

@Injectable()
export class DatabaseHealth {
  private migrated = false;

  constructor(
    private readonly orm: MikroORM,
    private readonly database: Database,
    private readonly indicators: HealthIndicatorService,
  ) {}

  async isReachable(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('database');
    return this.database.all(ping).then(
      () => indicator.up(),
      () => indicator.down('cannot be reached'),
    );
  }

  /** Whether the database has all migrations of this process; once it has, it is not asked again. */
  async isMigrated(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('migrations');
    try {
      this.migrated ||= (await this.orm.migrator.getPending()).length === 0;
      return this.migrated ? indicator.up() : indicator.down('are pending');
    } catch {
      return indicator.down('cannot be read');
    }
  }
}
