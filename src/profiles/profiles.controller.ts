import { Controller, Delete, Get, Header, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '../auth/user.js';
import { Me as Myself } from '../auth/current-user.decorator.js';
import { Answers, AnswersNothing } from '../common/decorators.js';
import { Filter, Input } from '../common/validation.pipe.js';
import type { Json } from '../common/json.js';
import {
  AccountExport,
  AvatarUpload,
  CreateAvatarUpload,
  LookupQuery,
  Me,
  UpdateMe,
  UserSummary,
} from './profiles.dto.js';
import { ProfilesService } from './profiles.service.js';

@ApiTags('me')
@Controller('me')
export class MeController {
  constructor(private readonly profiles: ProfilesService) {}

  @Get()
  @Answers(Me)
  getMe(@Myself() me: Caller): Promise<Json<Me>> {
    return this.profiles.me(me);
  }

  @Patch()
  @Answers(Me)
  updateMe(@Myself() me: Caller, @Input() change: UpdateMe): Promise<Json<Me>> {
    return this.profiles.update(me, change);
  }

  @Delete()
  @AnswersNothing()
  deleteMe(@Myself() me: Caller): Promise<void> {
    return this.profiles.remove(me);
  }

  @Get('export')
  @Header('content-disposition', 'attachment; filename="lockin-export.json"')
  @Answers(AccountExport, { headers: { 'Content-Disposition': 'A download.' } })
  exportMe(@Myself() me: Caller): Promise<Json<AccountExport>> {
    return this.profiles.export(me);
  }
}

@ApiTags('profiles')
@Controller('profiles')
export class ProfilesController {
  constructor(private readonly profiles: ProfilesService) {}

  @Post('avatar/upload-url')
  @Answers(AvatarUpload)
  createAvatarUpload(@Myself() me: Caller, @Input() upload: CreateAvatarUpload): Promise<AvatarUpload> {
    return this.profiles.createAvatarUpload(me, upload);
  }

  @Get('lookup')
  @Answers(UserSummary, { problems: ['not_found'] })
  lookupProfile(@Myself() me: Caller, @Filter() query: LookupQuery): Promise<Json<UserSummary>> {
    return this.profiles.lookup(me, query.email);
  }
}
