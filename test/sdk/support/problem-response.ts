interface ErrorResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An error response as the API sends it: status, headers and body. */
export function problem(status: number, code: string, headers: Record<string, string> = {}): ErrorResponse {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({ status, code, detail: 'No.', title: '', type: '', instance: '', request_id: 'r' }),
  };
}

/** The same as a `Response`. */
export function problemResponse(...args: Parameters<typeof problem>): Response {
  const { body, ...init } = problem(...args);
  return new Response(body, init);
}
