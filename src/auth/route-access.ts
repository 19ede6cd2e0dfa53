import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { MAINTENANCE } from './maintenance.decorator.js';
import { PUBLIC } from './public.decorator.js';

interface Access {
  readonly isPublic: boolean;
  readonly isMaintenance: boolean;
}

/** What `@Public()` and `@Maintenance()` say of a route, read once: Reflect is slow compared with the rest of a request. */
@Injectable()
export class RouteAccess {
  private readonly cache = new WeakMap<object, Access>();

  constructor(private readonly reflector: Reflector) {}

  of(context: ExecutionContext): Access {
    const handler = context.getHandler();
    const cached = this.cache.get(handler);
    if (cached !== undefined) return cached;
    const has = (key: string): boolean =>
      this.reflector.getAllAndOverride<boolean | undefined>(key, [handler, context.getClass()]) ?? false;
    const access = { isPublic: has(PUBLIC), isMaintenance: has(MAINTENANCE) };
    this.cache.set(handler, access);
    return access;
  }
}
