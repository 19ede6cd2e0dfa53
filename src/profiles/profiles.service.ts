import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { Json } from '../http/json.js';
import { invalid, notFound } from '../http/problem.js';
import { AvatarsService } from './avatars.service.js';
import type { AvatarUpload, CreateAvatarUpload, Me, UpdateMe, UserSummary } from './profiles.dto.js';
import { ProfilesQueries } from './profiles.queries.js';

@Injectable()
export class ProfilesService {
  constructor(
    private readonly profiles: ProfilesQueries,
    private readonly avatars: AvatarsService,
  ) {}

  async me(me: Caller): Promise<Json<Me>> {
    return (await this.profiles.me(me.id)) ?? notFound();
  }

  async update(me: Caller, { display_name, avatar_url }: UpdateMe): Promise<Json<Me>> {
    if (avatar_url && !this.avatars.isOwn(me.id, avatar_url)) {
      throw invalid({ pointer: '/avatar_url', detail: 'must be an avatar_url that an upload of yours was given' });
    }
    await this.profiles.update(me.id, display_name, avatar_url);
    return this.me(me);
  }

  createAvatarUpload(me: Caller, upload: CreateAvatarUpload): Promise<AvatarUpload> {
    return this.avatars.createUpload(me.id, upload);
  }

  async lookup(me: Caller, email: string): Promise<Json<UserSummary>> {
    return (await this.profiles.lookup(me.id, email)) ?? notFound();
  }
}
