/** The person who makes a request; controllers receive it through `@CurrentUser()`. */
export interface User {
  /** profiles.id */
  readonly id: string;
  /** Whether the token names the maintenance group (specification 3). */
  readonly maintenance: boolean;
  /** When the token stops being accepted, in milliseconds: what outlasts the request, such as a stream, ends then. */
  readonly tokenExpiresAt: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by JwtAuthGuard on every route that is not public. */
    user?: User;
  }
}
