import { Injectable, Logger } from '@nestjs/common';
import type { User } from '../auth/user.js';
import type { Json } from '../common/json.js';
import { invalid, notFound, Problem } from '../common/problem.js';
import { Database } from '../database/database.js';
import { AvatarsService, LONGEST_UPLOAD_SECONDS } from './avatars.service.js';
import type {
  AccountExport,
  AvatarUpload,
  CreateAvatarUpload,
  Focus,
  FocusQuery,
  Me,
  UpdateMe,
  UserSummary,
} from './profiles.dto.js';
import * as sql from './profiles.sql.js';

@Injectable()
export class ProfilesService {
  private readonly logger = new Logger(ProfilesService.name);

  constructor(
    private readonly database: Database,
    private readonly avatars: AvatarsService,
  ) {}

  async me(user: User): Promise<Json<Me>> {
    return (await this.database.first(sql.me, user.id))?.body ?? accountDeleted();
  }

  /** Properties that are undefined stay; null clears them. */
  async update(user: User, { display_name: name, avatar_url: avatar }: UpdateMe): Promise<Json<Me>> {
    if (avatar && !this.avatars.isOwn(user.id, avatar))
      throw invalid({ pointer: '/avatar_url', detail: 'must be an avatar_url that an upload of yours was given' });
    const [setName, setAvatar] = [name !== undefined, avatar !== undefined];
    await this.database.first(sql.updateProfile, user.id, setName, name ?? null, setAvatar, avatar ?? null);
    return this.me(user);
  }

  /** Deletes the account, and then its avatars. The job removes again what S3 did not remove, and what is still uploaded. */
  async remove(user: User): Promise<void> {
    await this.database.first(sql.deleteAccount, user.id);
    await this.removeAvatars(user.id).catch((error: unknown) => this.logger.warn(error, 'avatars are left in S3'));
  }

  /** The time per local day; without `from` and `to` the last 30 days. */
  async focus(user: User, { timezone, from, to }: FocusQuery): Promise<Json<Focus>> {
    const { body } = await this.database.one(sql.focus, user.id, timezone, from ?? null, to ?? null);
    return body ?? accountDeleted();
  }

  async export(user: User): Promise<Json<AccountExport>> {
    return (await this.database.one(sql.exportAccount, user.id)).body ?? accountDeleted();
  }

  /** Removes the avatars of accounts that were just deleted, or that are left in S3; returns of how many accounts. */
  async removeOrphanedAvatars(): Promise<number> {
    const orphaned = await this.database.all(sql.orphanedAvatars);
    for (const { profile_id } of orphaned) await this.removeAvatars(profile_id);
    return orphaned.length;
  }

  private async removeAvatars(profile: string): Promise<void> {
    await this.avatars.removeAll(profile);
    await this.database.first(sql.avatarsRemoved, profile, LONGEST_UPLOAD_SECONDS);
  }

  async createAvatarUpload(user: User, upload: CreateAvatarUpload): Promise<AvatarUpload> {
    await this.database.first(sql.countAvatarUpload, user.id);
    return this.avatars.createUpload(user.id, upload);
  }

  /** Counts against the user's limit of look-ups, whether or not a profile is found. */
  async lookup(user: User, email: string): Promise<Json<UserSummary>> {
    return (await this.database.first(sql.findProfile, user.id, email))?.body ?? notFound();
  }
}

/** The account was deleted while this request was under way. */
function accountDeleted(): never {
  throw new Problem('account_deleted');
}
