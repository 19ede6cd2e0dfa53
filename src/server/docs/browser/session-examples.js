import { DAY, fullHour, MINUTE, timeAt } from './times.js';

export function sessionExamples({ me, groups, sessions, logs }, now) {
  const hour = fullHour(now);
  const active = groups.filter(({ status }) => status === 'active').map(({ id }) => id);
  const open = sessions.filter(({ group_id }) => active.includes(group_id));
  const hosted = sessions.filter(({ creator_id }) => creator_id === me.id);
  const end = ({ ended_at }) => (ended_at ? Date.parse(ended_at) : now);
  const timed = open.find((each) => each.started_at && end(each) - Date.parse(each.started_at) >= MINUTE);
  const log = logs.find(
    (each) => each.user_id === me.id && each.manual && open.some(({ id }) => id === each.session_id),
  );
  const visited = sessions.find(({ creator_id }) => creator_id !== me.id);
  const session = { 'path.id': (hosted.find(({ status }) => status === 'running') ?? sessions[0])?.id };
  /** A verb succeeds on a session in its own state as well, without effect. */
  const verb = (...states) => ({ 'path.id': firstIn(states, hosted)?.id, body: {} });
  return {
    createSession: { body: { group_id: active[0], scheduled_start: timeAt(hour + DAY) } },
    recordSession: { body: { segments: [segment(hour - 60 * MINUTE), segment(hour - 30 * MINUTE)] } },
    getSession: session,
    startSession: verb('running', 'scheduled'),
    pauseSession: verb('running', 'paused'),
    resumeSession: verb('paused', 'running'),
    stopSession: verb('running', 'paused', 'ended', 'scheduled'),
    listSessionParticipants: session,
    joinSession: { 'path.id': open[0]?.id },
    leaveSession: { 'path.id': visited?.id, 'path.userId': me.id },
    listSessionLogs: session,
    addSessionLog: timed ? { 'path.id': timed.id, body: segment(Date.parse(timed.started_at), end(timed)) } : {},
    deleteSessionLog: { 'path.id': log?.session_id, 'path.logId': log?.id },
  };
}

function firstIn(states, sessions) {
  return states.map((state) => sessions.find(({ status }) => status === state)).find((found) => found !== undefined);
}

/** 25 minutes, or what fits before `latest`. */
function segment(start, latest = Infinity) {
  return { started_at: timeAt(start), ended_at: timeAt(Math.min(start + 25 * MINUTE, latest)) };
}
