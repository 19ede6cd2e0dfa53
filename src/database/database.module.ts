import { MikroOrmModule } from '@mikro-orm/nestjs';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Global, Module } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { Database } from './database.js';
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
  providers: [Database],
  exports: [Database],
})
export class DatabaseModule {}
