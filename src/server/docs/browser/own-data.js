/** Groups and sessions that are read in detail: the page needs one of each kind. */
const AT_MOST = 10;

/**
 * What the signed-in person has, for the examples of the page (examples.js).
 * @param {(path: string) => Promise<any>} get Reads a path of the API as that person.
 */
export async function readOwnData(get) {
  const me = await get('/api/me');
  const [groups, sessions, notifications] = await Promise.all([
    Promise.all(me.memberships.slice(0, AT_MOST).map(async (membership) => readGroup(get, membership))),
    get('/api/sessions'),
    get('/api/notifications'),
  ]);
  const started = sessions.filter(({ started_at }) => started_at !== null).slice(0, AT_MOST);
  const logs = await Promise.all(started.map(({ id }) => get(`/api/sessions/${id}/logs`)));
  return { me, groups, sessions, notifications, logs: logs.flat() };
}

/** A group with the person's role, and with its pending invites if the person may see them. */
async function readGroup(get, { group_id, role }) {
  const [group, invites] = await Promise.all([
    get(`/api/groups/${group_id}`),
    role === 'member' ? [] : get(`/api/groups/${group_id}/invites`),
  ]);
  return { ...group, role, invites };
}
