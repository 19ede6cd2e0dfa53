import { Injectable, Logger } from '@nestjs/common';
import type { Caller } from '../auth/user.js';
import type { Json } from '../common/json.js';
import { invalid, notFound, Problem } from '../common/problem.js';
import { AvatarsService } from './avatars.service.js';
import type { AccountExport, AvatarUpload, CreateAvatarUpload, Me, UpdateMe, UserSummary } from './profiles.dto.js';
import { ProfilesQueries } from './profiles.queries.js';

@Injectable()
export class ProfilesService {
  private readonly logger = new Logger(ProfilesService.name);

  constructor(
    private readonly profiles: ProfilesQueries,
    private readonly avatars: AvatarsService,
  ) {}

  async me(me: Caller): Promise<Json<Me>> {
    return (await this.profiles.me(me.id)) ?? accountDeleted();
  }

  async update(me: Caller, { display_name, avatar_url }: UpdateMe): Promise<Json<Me>> {
    if (avatar_url && !this.avatars.isOwn(me.id, avatar_url)) {
      throw invalid({ pointer: '/avatar_url', detail: 'must be an avatar_url that an upload of yours was given' });
    }
    await this.profiles.update(me.id, display_name, avatar_url);
    return this.me(me);
  }

  /** The avatars go right after the rest; what S3 does not remove now is tried again each minute. */
  async remove(me: Caller): Promise<void> {
    await this.profiles.remove(me.id);
    await this.removeAvatars(me.id).catch((error: unknown) => this.logger.warn(error, 'avatars are left in S3'));
  }

  async export(me: Caller): Promise<Json<AccountExport>> {
    return (await this.profiles.export(me.id)) ?? accountDeleted();
  }

  /** Removes the avatars of deleted accounts that S3 did not remove at once; returns of how many. */
  async removeOrphanedAvatars(): Promise<number> {
    const orphaned = await this.profiles.orphanedAvatars();
    for (const profile of orphaned) await this.removeAvatars(profile);
    return orphaned.length;
  }

  private async removeAvatars(profile: string): Promise<void> {
    await this.avatars.removeAll(profile);
    await this.profiles.avatarsRemoved(profile);
  }

  createAvatarUpload(me: Caller, upload: CreateAvatarUpload): Promise<AvatarUpload> {
    return this.avatars.createUpload(me.id, upload);
  }

  async lookup(me: Caller, email: string): Promise<Json<UserSummary>> {
    return (await this.profiles.lookup(me.id, email)) ?? notFound();
  }
}

/** Deleted while this request was under way. */
function accountDeleted(): never {
  throw new Problem('account_deleted');
}
