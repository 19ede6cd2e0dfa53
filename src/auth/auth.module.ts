import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthGuard } from './auth.guard.js';
import { AuthQueries } from './auth.queries.js';
import { AuthService } from './auth.service.js';
import { RateLimiter } from './rate-limiter.js';
import { SigningKeys } from './signing-keys.js';
import { TokenVerifier } from './token.verifier.js';

@Module({
  providers: [
    RateLimiter,
    SigningKeys,
    TokenVerifier,
    AuthQueries,
    AuthService,
    { provide: APP_GUARD, useClass: AuthGuard },
  ],
})
export class AuthModule {}
