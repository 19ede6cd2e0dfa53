import { Post } from '@nestjs/common';

/**
 * A custom method (specification 1): `@CustomMethod('clone')` is `POST .../{id}:clone`,
 * `@CustomMethod('rescind', ':id/invites/:inviteId')` one of a resource below it, and
 * `@CustomMethod('read-all', 'notifications')`, in a controller without a path, one of a collection.
 * Other spellings of the path fail under Fastify or under Swagger.
 */
export function CustomMethod(verb: string, path = ':id'): MethodDecorator {
  const endsInParameter = /:\w+$/.test(path);
  return Post(endsInParameter ? `${path}(^[^:]+)::${verb}` : `${path}::${verb}`);
}
