/**
 * Like fetch(), but a stream ends after some seconds, with the events until then: Swagger UI shows a response only when it
 * is complete.
 */
export async function fetchFirstEvents(url, request, ms = 3_000) {
  const response = await fetch(url, request);
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return response;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  setTimeout(() => void reader.cancel(), ms);
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  return new Response(text, { status: response.status, statusText: response.statusText, headers: response.headers });
}
