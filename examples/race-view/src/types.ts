import type { components } from '@lockin/sdk';

type Schemas = components['schemas'];

export type Race = Schemas['Progress'];
export type Runner = Schemas['MemberProgress'];
export type Me = Schemas['Me'];
export type Group = Schemas['GroupDetail'];
export type Session = Schemas['Session'];
export type Notification = Schemas['Notification'];
