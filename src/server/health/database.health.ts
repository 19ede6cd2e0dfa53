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

  /** Whether the database is reachable and has all migrations of this process; once migrated, only reachability is checked. */
  async check(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('database');
    try {
      this.migrated ||= (await this.orm.migrator.getPending()).length === 0;
      await this.database.all(ping);
    } catch {
      return indicator.down('it cannot be reached');
    }
    return this.migrated ? indicator.up() : indicator.down('it is not migrated');
  }
}
