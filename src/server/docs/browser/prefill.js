import { contractExamples } from './examples.js';
import { fillBodies, fillParameters, formValues } from './forms.js';

/**
 * A plugin of Swagger UI that fills examples into the forms: those of the contract, and those that `personalize` makes of
 * them after a sign-in or a sign-out and after a response to a change.
 * @param contract The document that Swagger UI shows. Its examples of parameters are taken out of it: as defaults, they
 *   would count as typed.
 * @param {(examples: Examples) => Promise<Examples>} personalize
 * @param {HTMLElement} page Where Swagger UI is; `aria-busy` until the examples are those of the person.
 * @typedef {import('./examples.js').Examples} Examples
 */
export function prefillPlugin(contract, personalize, page) {
  const { fill, refresh, exampleAt } = createFiller(contract, personalize, page);
  const thenRefresh = (action, ui) => (payload) => {
    const result = action(payload);
    void refresh(ui);
    return result;
  };
  const setResponse = (action, ui) => (path, method, response) => {
    const result = action(path, method, response);
    if (method !== 'get') fill(ui);
    if (method !== 'get') void refresh(ui);
    return result;
  };
  // The Reset button of a body brings back the example of the form, not of the contract.
  const selectDefaultRequestBodyValue =
    () =>
    (_state, ...at) =>
      exampleAt(at);
  return {
    afterLoad: fill,
    statePlugins: {
      auth: { wrapActions: { authorizeOauth2: thenRefresh, authorize: thenRefresh, logout: thenRefresh } },
      spec: { ...actionWith('fillParameters', fillParameters), wrapActions: { setResponse } },
      oas3: { ...actionWith('fillBodies', fillBodies), wrapSelectors: { selectDefaultRequestBodyValue } },
    },
  };
}

/** Fills the latest examples into the forms, and refreshes them. */
function createFiller(contract, personalize, page) {
  const original = contractExamples(contract);
  removeParameterExamples(contract);
  let examples = original;
  let bodies = new Map();
  let personalizing;

  const fill = ({ specActions, oas3Actions }) => {
    const values = formValues(contract, examples);
    const before = bodies;
    bodies = new Map(values.bodies.map(({ at, example }) => [at.join(), example]));
    specActions.fillParameters(values.parameters);
    oas3Actions.fillBodies(values.bodies.map((each) => ({ ...each, before: before.get(each.at.join()) })));
  };
  const refresh = async (ui) => {
    const latest = (personalizing = personalize(original));
    page.ariaBusy = 'true';
    const personal = await latest;
    if (latest !== personalizing) return;
    examples = personal;
    fill(ui);
    page.ariaBusy = 'false';
  };
  return { fill, refresh, exampleAt: (at) => bodies.get(at.join()) };
}

function actionWith(name, reducer) {
  const type = `lockin_${name}`;
  return { actions: { [name]: (payload) => ({ type, payload }) }, reducers: { [type]: reducer } };
}

function removeParameterExamples({ paths, components }) {
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const parameters = operations.flatMap(({ parameters: own = [] }) => own);
  for (const parameter of [...parameters, ...Object.values(components.parameters)]) delete parameter.example;
}
