import type { ProblemCode } from '@lockin/sdk';
import { pluralIn } from './plural.js';

/** The title and the text of a message. `group` is empty for a session without one. */
type EventText = (actor: string, group: string) => [title: string, body: string];

const plural = pluralIn('en');

/** Other languages have the same keys: the type of this object is theirs. */
export const en = {
  title: 'LockIN race',

  whoRuns: 'Who runs today?',
  madeUp: 'All people here are made up. Open a second window as another person, and watch both move.',
  apiIsSilent: 'The API does not answer. Start it with npm start, then reload this page.',
  noAnswerYet: 'The API does not answer yet',
  triesAgain: 'This page tries again every few seconds.',
  oneMoment: 'One moment',
  signingIn: 'Signing in.',
  switchPerson: 'Switch person',
  you: 'You',
  somebody: 'Somebody',

  group: 'Group',
  chooseGroup: 'Choose …',
  active: 'Active',
  archived: 'Archived',
  newGroup: 'New group',
  name: 'Name',
  description: 'Description',
  period: 'Target for each',
  daily: 'Day',
  weekly: 'Week',
  targetMinutes: 'Target in minutes',
  lastDay: 'Last day',
  timeZone: 'Time zone',
  createGroup: 'Create group',
  members: 'Members',
  inviteByEmail: 'Invite by e-mail address',
  invite: 'Invite',
  invited: (name: string) => `${name} is invited.`,
  leaveGroup: 'Leave group',
  leaveQuestion: (group: string) => `Leave ${group}?`,
  leaveNote: 'Your running session of this group ends. Your time is kept and counts again if you return.',
  leave: 'Leave',
  stay: 'Stay',

  noRace: 'No race yet',
  noGroup: 'You are not in a group yet. Invites arrive in your inbox.',

  race: 'Race',
  targetDaily: (target: string) => `${target} a day`,
  targetWeekly: (target: string) => `${target} a week`,
  raceIsOver: 'this race is over',
  until: (time: string, zone: string) => `until ${time} in ${zone}`,
  startsOn: (time: string) => `Starts on ${time}. Time before that does not count.`,

  showMore: 'Show more',
  showLess: 'Show less',

  connecting: 'Connecting',
  reconnecting: 'Connection lost, counting on',
  live: 'Live',
  polling: 'Updated every few seconds',
  offline: 'No connection, counting on',
  ended: 'Not connected',

  lanes: 'Lanes, leader first',
  ownLane: 'you',
  running: 'running',
  resting: 'resting',
  goalMet: 'goal met',
  goalMetRunning: 'goal met, running on',
  ofTarget: (target: string) => `of ${target}`,

  joined: (name: string) => `${name} joined.`,
  left: (name: string) => `${name} left.`,
  started: (name: string) => `${name} started running.`,
  stopped: (name: string) => `${name} stopped.`,
  metGoal: (name: string) => `${name} met the goal!`,
  andMore: (count: number) => plural(count, { other: 'And # more.' }),

  yourSession: 'Your session',
  start: 'Start',
  pause: 'Pause',
  resume: 'Resume',
  stop: 'Stop',
  sessionRuns: 'Your session is running.',
  sessionIsPaused: 'Your session is paused.',
  runsElsewhere: 'Your time is running in a session of another host.',
  youRest: 'You are resting.',
  keptPresses: (count: number) =>
    plural(count, { one: 'Kept until it is sent: # press.', other: 'Kept until they are sent: # presses.' }),
  goToRunningSession: 'Go to your running session',

  ownTime: 'Your time',
  ownTimeCalendar: 'Calendar of your days. In all:',
  pastDays: 'Your past days',
  pastWeeks: 'Your past weeks',
  currentStreak: 'Current streak',
  bestStreak: 'Best streak',
  days: (count: number) => plural(count, { one: '# day', other: '# days' }),
  weeks: (count: number) => plural(count, { one: '# week', other: '# weeks' }),
  metOf: (met: number, all: number) =>
    `${plural(met, { one: 'Goal met once', other: 'Goal met # times' })} in ${plural(all, { one: '# period', other: '# periods' })}`,
  asTable: 'Show as a table',
  day: 'Day',
  week: 'Week from',
  time: 'Time',
  target: 'Target',
  goal: 'Goal',
  goalMissed: 'missed',

  inbox: 'Inbox',
  inboxWithUnread: (count: number) => plural(count, { other: 'Inbox (#)' }),
  unread: (count: number) => plural(count, { other: '# unread' }),
  allRead: 'All read',
  noMessages: 'No messages yet.',
  markAllRead: 'Mark all as read',
  accept: 'Accept',
  decline: 'Decline',
  accepted: 'accepted',
  declined: 'declined',

  notSent: 'That did not get through. Try again.',
  /** Empty: the API's own sentences are English. */
  problems: {} as Partial<Record<ProblemCode, string>>,
  /** By the pointer of a field. Empty: the API's own texts are English. */
  fieldErrors: {} as Partial<Record<string, string>>,
  /** By the `event` of a message. Empty: the API's own texts are English. */
  events: {} as Partial<Record<string, EventText>>,
};
