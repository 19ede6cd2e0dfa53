/** Who makes a request, as the guard found out; controllers receive it through `@Me()`. */
export interface Caller {
  /** profiles.id */
  readonly id: string;
  /** Whether the token names the maintenance group (specification 3). */
  readonly maintenance: boolean;
  /** Until when the verifier takes the token, in milliseconds: what outlasts the request, such as a stream, ends then. */
  readonly tokenExpiresAt: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the guard on every route that is not public. */
    caller?: Caller;
  }
}
