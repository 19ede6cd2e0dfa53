/** What a route reads beside its path; the parameter decorators leave it here for the guard and the document. */
export interface Takes {
  body?: boolean;
  query?: boolean;
}

type Handler = (...parameters: never[]) => unknown;

const taken = new WeakMap<object, Takes>();

export function noteTaken(target: object, method: string | symbol, what: keyof Takes): void {
  const handler = (target as Record<string | symbol, Handler>)[method] as Handler;
  taken.set(handler, { ...taken.get(handler), [what]: true });
}

export function takenBy(handler: object): Takes {
  return taken.get(handler) ?? {};
}
