import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { User } from './user.js';

/** The person who makes the request: `@CurrentUser() user: User`. */
export const CurrentUser = createParamDecorator((_: undefined, context: ExecutionContext): User => {
  const { user } = context.switchToHttp().getRequest<FastifyRequest>();
  if (user === undefined) throw new Error('@CurrentUser() on a public route');
  return user;
});
