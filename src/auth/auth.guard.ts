import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../common/problem.js';
import { RateLimiter } from './rate-limiter.js';
import { AuthService } from './auth.service.js';
import type { Caller } from './user.js';
import { MAINTENANCE } from './maintenance.decorator.js';
import { PUBLIC } from './public.decorator.js';

const NAME = 'authorization';

interface Route {
  readonly isPublic: boolean;
  readonly isMaintenance: boolean;
}

/** Stands before every route: whoever passes is known, unless the route is public (specification 3). */
@Injectable()
export class AuthGuard implements CanActivate {
  private readonly routes = new WeakMap<object, Route>();

  constructor(
    private readonly reflector: Reflector,
    private readonly auth: AuthService,
    private readonly limiter: RateLimiter,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const route = this.routeOf(context);
    if (route.isPublic) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    request.caller = await this.callerOf(request);
    if (route.isMaintenance && !request.caller.maintenance) throw new Problem('maintenance_only');
    return true;
  }

  /** A token that was verified lately counts against its person; anything else against the IP, before it is checked. */
  private async callerOf(request: FastifyRequest): Promise<Caller> {
    const header = authorizationOf(request);
    const known = this.auth.recall(header);
    if (known === undefined) await this.limiter.anonymous(request.ip);
    else await this.limiter.person(known.caller.id);
    if (known !== undefined && this.auth.isCurrent(known)) return known.caller;
    return (await this.auth.signIn(header)).caller;
  }

  /** What the decorators of a route say is read once: Reflect is slow beside everything else here. */
  private routeOf(context: ExecutionContext): Route {
    const handler = context.getHandler();
    const known = this.routes.get(handler);
    if (known !== undefined) return known;
    const says = (what: string) =>
      this.reflector.getAllAndOverride<boolean | undefined>(what, [handler, context.getClass()]) ?? false;
    const route = { isPublic: says(PUBLIC), isMaintenance: says(MAINTENANCE) };
    this.routes.set(handler, route);
    return route;
  }
}

/** Several such headers become one that no token can be; Node would keep the first and drop the others unsaid. */
function authorizationOf({ raw: { rawHeaders } }: FastifyRequest): string {
  let header = '';
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length !== NAME.length || name.toLowerCase() !== NAME) continue;
    const value = rawHeaders[i + 1] ?? '';
    header = header === '' ? value : `${header}, ${value}`;
  }
  return header;
}
