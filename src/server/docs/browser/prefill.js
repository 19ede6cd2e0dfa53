import { contractExamples } from './examples.js';
import { Forms } from './forms.js';

/**
 * A plugin of Swagger UI that fills examples into the forms: those of the contract, and those that `personalize` makes of
 * them after a sign-in or a sign-out and after a response to a change.
 * @param contract The document that Swagger UI shows. Its examples of parameters are taken out of it: as defaults, they
 *   would count as typed.
 * @param {(examples: Examples) => Promise<Examples>} personalize
 * @typedef {import('./examples.js').Examples} Examples
 */
export function prefillPlugin(contract, personalize) {
  const original = contractExamples(contract);
  removeParameterExamples(contract);
  return (ui) => {
    const forms = new Forms(ui, contract);
    let examples = original;
    const refresh = async () => {
      examples = await personalize(original);
      forms.fill(examples);
    };
    const thenRefresh = (action) => (payload) => {
      const result = action(payload);
      void refresh();
      return result;
    };
    return {
      afterLoad: () => forms.fill(examples),
      statePlugins: {
        auth: { wrapActions: { authorizeOauth2: thenRefresh, authorize: thenRefresh, logout: thenRefresh } },
        spec: {
          wrapActions: {
            setResponse: (action) => (path, method, response) => {
              const result = action(path, method, response);
              forms.fill(examples);
              if (method !== 'get') void refresh();
              return result;
            },
          },
        },
        // The Reset button of a body brings back the example of the form, not of the contract.
        oas3: {
          wrapSelectors: {
            selectDefaultRequestBodyValue:
              () =>
              (_state, ...at) =>
                forms.exampleBody(...at),
          },
        },
      },
    };
  };
}

function removeParameterExamples({ paths, components }) {
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const parameters = operations.flatMap(({ parameters = [] }) => parameters);
  for (const parameter of [...parameters, ...Object.values(components.parameters)]) delete parameter.example;
}
