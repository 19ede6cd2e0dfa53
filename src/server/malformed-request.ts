import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { UNREADABLE } from '../common/problem.js';
import { problemBody, sendProblem } from '../common/problem.filter.js';

/** Answers what Node.js cannot parse as HTTP: oversized headers, an incomplete request, other bytes. */
export function answerMalformedRequest(
  error: Error & { code?: string },
  socket: Socket & { _httpMessage?: ServerResponse },
): void {
  // Browsers open connections in advance; a response there would be taken for the one to the request that they send next.
  const isUnused = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead === 0;
  if (isUnused || error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent) {
    socket.destroy();
    return;
  }
  const body = problemBody(UNREADABLE, '', randomUUID());
  socket.end(
    'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** Answers a path that is not valid percent-encoded UTF-8: the router refuses it before any hook runs. */
export function answerUnroutable(_error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id);
  sendProblem(reply, UNREADABLE);
}
