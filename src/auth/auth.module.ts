import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { PassportModule } from '@nestjs/passport';
import { ThrottlerModule } from '@nestjs/throttler';
import { Environment } from '../config/environment.js';
import { AuthService } from './auth.service.js';
import { JwtAuthGuard } from './jwt-auth.guard.js';
import { JwtStrategy } from './jwt.strategy.js';
import { RateLimitGuard, rateLimits } from './rate-limit.guard.js';
import { RouteAccess } from './route-access.js';
import { SigningKeys } from './signing-keys.js';

/** Sign-in for every route. */
@Module({
  imports: [PassportModule, ThrottlerModule.forRootAsync({ inject: [Environment], useFactory: rateLimits })],
  providers: [
    AuthService,
    SigningKeys,
    JwtStrategy,
    RouteAccess,
    RateLimitGuard,
    { provide: APP_GUARD, useClass: JwtAuthGuard },
  ],
  exports: [SigningKeys],
})
export class AuthModule {}
