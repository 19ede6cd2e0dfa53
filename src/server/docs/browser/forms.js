const KEY = 'Idempotency-Key';

/**
 * Fills examples into the forms of Swagger UI, and a new Idempotency-Key each time. What somebody typed is kept: Swagger UI
 * stores a typed parameter under its hash, which wins over the value stored here under its name; a body counts as typed if
 * it is not the example before.
 */
export class Forms {
  /** The example in each body, as text, by path and method. */
  #bodies = new Map();
  #operations;
  #ui;

  /** @param ui The system of Swagger UI. @param contract The document that it shows. */
  constructor(ui, contract) {
    this.#ui = ui;
    this.#operations = Object.entries(contract.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { operationId }]) => ({ id: operationId, at: [path, method] })),
    );
  }

  /** @param {import('./examples.js').Examples} examples */
  fill(examples) {
    for (const { id, at } of this.#operations) {
      const { parameters, body } = examples[id];
      for (const [key, value] of Object.entries(parameters)) this.#fillParameter(at, key, value);
      if (body) this.#fillBody(at, JSON.stringify(body, null, 2));
    }
  }

  exampleBody(path, method) {
    return this.#bodies.get(`${path} ${method}`);
  }

  #fillParameter(at, key, value) {
    const [place, name] = key.split('.');
    this.#ui.specActions.changeParam(at, name, place, name === KEY ? newKey() : String(value));
  }

  #fillBody(at, example) {
    const current = this.#ui.oas3Selectors.requestBodyValue(...at);
    if (current !== undefined && current !== this.exampleBody(...at)) return;
    this.#bodies.set(at.join(' '), example);
    this.#ui.oas3Actions.setRequestBodyValue({ value: example, pathMethod: at });
  }
}

/** Not crypto.randomUUID(), which browsers lack at http://192.168.1.20. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
