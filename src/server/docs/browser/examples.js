import { groupExamples } from './group-examples.js';
import { sessionExamples } from './session-examples.js';
import { DAY, dateAt } from './times.js';

/**
 * What the page fills in, by operationId: the values of parameters as `in.name`, and the body.
 * @typedef {Record<string, { parameters: Record<string, unknown>, body?: object }>} Examples
 */

/** The examples of the contract. @returns {Examples} */
export function contractExamples(contract) {
  const resolve = (node) =>
    node.$ref
      ? node.$ref
          .split('/')
          .slice(1)
          .reduce((at, key) => at[key], contract)
      : node;
  const operations = Object.values(contract.paths).flatMap((path) => Object.values(path));
  const examples = operations.map(({ operationId, parameters = [], requestBody }) => {
    const given = parameters.map(resolve).filter(({ example }) => example !== undefined);
    const values = Object.fromEntries(given.map((each) => [`${each.in}.${each.name}`, each.example]));
    const body = requestBody && resolve(requestBody.content['application/json'].schema).examples[0];
    return [operationId, { parameters: values, body }];
  });
  return Object.fromEntries(examples);
}

/**
 * The examples of the contract, with what the person has in their place: ids of rows on which the operation succeeds,
 * people who exist, and times from now on. The contract's example stays where the person has no such row.
 * @param {Examples} examples
 * @returns {Examples}
 */
export function withOwnData(examples, data, people, now = Date.now()) {
  const own = {
    ...profileExamples(data, people, now),
    ...groupExamples(data, examples, now),
    ...sessionExamples(data, now),
    ...inboxExamples(data),
  };
  const merged = Object.entries(examples).map(([operationId, { parameters, body }]) => {
    const { body: ownBody, ...values } = own[operationId] ?? {};
    return [operationId, { parameters: { ...parameters, ...known(values) }, body: isKnown(ownBody) ? ownBody : body }];
  });
  return Object.fromEntries(merged);
}

function known(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function isKnown(body) {
  return body !== undefined && !Object.values(body).includes(undefined);
}

function profileExamples({ me }, people, now) {
  const other = people.find(({ email }) => email !== me.email);
  return {
    updateMe: { body: { display_name: me.display_name } },
    getFocus: { 'query.from': dateAt(now - 29 * DAY), 'query.to': dateAt(now) },
    lookupProfile: { 'query.email': other?.email ?? me.email ?? undefined },
  };
}

function inboxExamples({ notifications }) {
  const invite = (...states) =>
    states
      .map((state) => notifications.find(({ kind, status }) => kind === 'group_invite' && status === state))
      .find((found) => found !== undefined)?.id;
  const first = { 'path.id': notifications[0]?.id };
  return {
    acceptInvite: { 'path.id': invite('pending', 'accepted') },
    declineInvite: { 'path.id': invite('pending', 'declined') },
    getNotification: first,
    readNotification: first,
  };
}
