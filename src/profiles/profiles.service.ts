import { Injectable, Logger } from '@nestjs/common';
import type { User } from '../auth/user.js';
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

  async me(user: User): Promise<Json<Me>> {
    return (await this.profiles.me(user.id)) ?? accountDeleted();
  }

  async update(user: User, { display_name, avatar_url }: UpdateMe): Promise<Json<Me>> {
    if (avatar_url && !this.avatars.isOwn(user.id, avatar_url)) {
      throw invalid({ pointer: '/avatar_url', detail: 'must be an avatar_url that an upload of yours was given' });
    }
    await this.profiles.update(user.id, display_name, avatar_url);
    return this.me(user);
  }

  /** The avatars go right after the rest; what S3 does not remove now is tried again each minute. */
  async remove(user: User): Promise<void> {
    await this.profiles.remove(user.id);
    await this.removeAvatars(user.id).catch((error: unknown) => this.logger.warn(error, 'avatars are left in S3'));
  }

  async export(user: User): Promise<Json<AccountExport>> {
    return (await this.profiles.export(user.id)) ?? accountDeleted();
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

  createAvatarUpload(user: User, upload: CreateAvatarUpload): Promise<AvatarUpload> {
    return this.avatars.createUpload(user.id, upload);
  }

  async lookup(user: User, email: string): Promise<Json<UserSummary>> {
    return (await this.profiles.lookup(user.id, email)) ?? notFound();
  }
}

/** Deleted while this request was under way. */
function accountDeleted(): never {
  throw new Problem('account_deleted');
}
