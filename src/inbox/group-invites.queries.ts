import { Injectable } from '@nestjs/common';
import { Database, statement } from '../database/database.js';
import type { Json } from '../common/json.js';
import type { GroupInvite } from './inbox.dto.js';

export interface SentInvite {
  /** False where the person's pending invite was found instead. */
  created: boolean;
  id: string;
  body: Json<GroupInvite>;
}

const invite = statement<[caller: string, group: string, recipient: string], SentInvite>(
  'invite',
  'SELECT created, id, body FROM invite($1, $2, $3, to_ms(now()))',
);

const list = statement<[caller: string, group: string], { body: Json<GroupInvite[]> }>(
  'invite_list',
  'SELECT invite_list($1, $2, to_ms(now())) AS body',
);

const rescind = statement<[caller: string, group: string, invite: string], { body: Json<GroupInvite> }>(
  'invite_rescind',
  'SELECT rescind_invite($1, $2, $3, to_ms(now())) AS body',
);

/** Invites as a group's owner and admins send and see them. */
@Injectable()
export class GroupInvitesQueries {
  constructor(private readonly database: Database) {}

  invite(caller: string, group: string, recipient: string): Promise<SentInvite> {
    return this.database.one(invite, caller, group, recipient);
  }

  async list(caller: string, group: string): Promise<Json<GroupInvite[]>> {
    return (await this.database.one(list, caller, group)).body;
  }

  async rescind(caller: string, group: string, id: string): Promise<Json<GroupInvite>> {
    return (await this.database.one(rescind, caller, group, id)).body;
  }
}
