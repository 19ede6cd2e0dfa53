import { Body, Controller, Delete, Get, Header, HttpCode, Patch, Post, Query, UseInterceptors } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { User } from '../auth/user.js';
import { CurrentUser } from '../auth/current-user.decorator.js';
import type { Json } from '../common/json.js';
import {
  AccountExport,
  AvatarUpload,
  CreateAvatarUpload,
  Focus,
  FocusQuery,
  LookupQuery,
  Me,
  UpdateMe,
  UserSummary,
} from './profiles.dto.js';
import { ProfileErrorsInterceptor } from './profile-errors.interceptor.js';
import { ProfilesService } from './profiles.service.js';
import { ApiProblems } from '../common/api.decorators.js';

@ApiTags('me')
@Controller('me')
export class MeController {
  constructor(private readonly profiles: ProfilesService) {}

  @Get()
  @ApiOkResponse({ type: Me })
  getMe(@CurrentUser() user: User): Promise<Json<Me>> {
    return this.profiles.me(user);
  }

  @Patch()
  @UseInterceptors(ProfileErrorsInterceptor)
  @ApiOkResponse({ type: Me })
  updateMe(@CurrentUser() user: User, @Body() change: UpdateMe): Promise<Json<Me>> {
    return this.profiles.update(user, change);
  }

  @Delete()
  @HttpCode(204)
  @ApiNoContentResponse()
  deleteMe(@CurrentUser() user: User): Promise<void> {
    return this.profiles.remove(user);
  }

  @Get('focus')
  @ApiOkResponse({ type: Focus })
  getFocus(@CurrentUser() user: User, @Query() query: FocusQuery): Promise<Json<Focus>> {
    return this.profiles.focus(user, query);
  }

  @Get('export')
  @Header('content-disposition', 'attachment; filename="lockin-export.json"')
  @ApiOkResponse({
    type: AccountExport,
    headers: { 'Content-Disposition': { description: 'A download.', schema: { type: 'string' } } },
  })
  exportMe(@CurrentUser() user: User): Promise<Json<AccountExport>> {
    return this.profiles.export(user);
  }
}

@ApiTags('profiles')
@Controller('profiles')
export class ProfilesController {
  constructor(private readonly profiles: ProfilesService) {}

  @Post('avatar/upload-url')
  @HttpCode(200)
  @ApiOkResponse({ type: AvatarUpload })
  createAvatarUpload(@CurrentUser() user: User, @Body() upload: CreateAvatarUpload): Promise<AvatarUpload> {
    return this.profiles.createAvatarUpload(user, upload);
  }

  @Get('lookup')
  @ApiOkResponse({ type: UserSummary })
  @ApiProblems('not_found')
  lookupProfile(@CurrentUser() user: User, @Query() query: LookupQuery): Promise<Json<UserSummary>> {
    return this.profiles.lookup(user, query.email);
  }
}
