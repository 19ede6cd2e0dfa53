import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AuthModule } from './auth/auth.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Environment } from './config/environment.js';
import { DatabaseModule } from './database/database.module.js';
import { GroupsModule } from './groups/groups.module.js';
import { HealthModule } from './server/health/health.module.js';
import { ServerModule } from './server/server.module.js';
import { InboxModule } from './inbox/inbox.module.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { ProfilesModule } from './profiles/profiles.module.js';
import { ProgressModule } from './progress/progress.module.js';
import { SessionsModule } from './sessions/sessions.module.js';

@Module({
  imports: [
    DatabaseModule,
    ServerModule,
    AuthModule,
    HealthModule,
    ProfilesModule,
    GroupsModule,
    SessionsModule,
    ProgressModule,
    InboxModule,
    MaintenanceModule,
  ],
})
export class AppModule {
  static with(environment: Environment): DynamicModule {
    const schedule = environment.SCHEDULER_ENABLED ? [ScheduleModule.forRoot()] : [];
    return { module: AppModule, imports: [ConfigModule.with(environment), ...schedule] };
  }
}
