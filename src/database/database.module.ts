import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Global, Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { ChangeNotifier } from './change-notifier.js';
import { DatabaseMetrics } from './database-metrics.js';
import { Database } from './database.js';
import { Listener } from './listener.js';
import { ormOptions } from './orm.js';

@Global()
@Module({
  imports: [
    MikroOrmModule.forRootAsync({
      inject: [Environment],
      driver: PostgreSqlDriver,
      useFactory: (environment: Environment) => ({ ...ormOptions(environment), registerRequestContext: false }),
    }),
  ],
  providers: [Database, DatabaseMetrics, Listener, ChangeNotifier],
  exports: [Database, Listener, ChangeNotifier],
})
export class DatabaseModule {}
