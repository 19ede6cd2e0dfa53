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

@Module({ providers: [AuthService], exports: [AuthService] })
class SignInModule {}

/** The guards of every route, in the order in which they run: the rate limit before a token is verified. */
@Module({
  imports: [
    SignInModule,
    PassportModule,
    ThrottlerModule.forRootAsync({
      imports: [SignInModule],
      inject: [Environment, AuthService],
      useFactory: rateLimits,
    }),
  ],
  providers: [
    SigningKeys,
    JwtStrategy,
    RouteAccess,
    { provide: APP_GUARD, useClass: RateLimitGuard },
    { provide: APP_GUARD, useClass: JwtAuthGuard },
  ],
})
export class AuthModule {}
