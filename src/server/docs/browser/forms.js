const KEY = 'Idempotency-Key';

/**
 * The reducers that fill the forms of Swagger UI, for its plugin. One action each, because every action renders the page.
 * A value under the name of a parameter is a default: what somebody types is stored under the parameter's hash, and wins.
 */
export const fillParameters = (state, { payload }) =>
  payload.reduce(
    (filled, { at, key, value }) => filled.setIn(['meta', 'paths', ...at, 'parameters', key, 'value'], value),
    state,
  );

/** A body that is not the example before was typed, and is kept. */
export const fillBodies = (state, { payload }) =>
  payload.reduce((filled, { at, before, example }) => {
    const body = ['requestData', ...at, 'bodyValue'];
    if ((filled.getIn(body) ?? before) !== before) return filled;
    // Without the flag "Try it out" replaces the body with the example of the contract.
    return filled.setIn(body, example).setIn(['requestData', ...at, 'retainBodyValue'], true);
  }, state);

/** The values of all forms, by path and method. A new Idempotency-Key is made for each form and time. */
export function formValues(contract, examples) {
  const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => ({ at: [path, method], ...examples[operationId] })),
  );
  const parameters = operations.flatMap(({ at, parameters: values }) =>
    Object.entries(values).map(([key, value]) => ({ at, key, value: key.endsWith(KEY) ? newKey() : String(value) })),
  );
  const bodies = operations.flatMap(({ at, body }) => (body ? [{ at, example: JSON.stringify(body, null, 2) }] : []));
  return { parameters, bodies };
}

/** Not crypto.randomUUID(), which browsers lack at http://192.168.1.20. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
