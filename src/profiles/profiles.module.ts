import { Module } from '@nestjs/common';
import { AvatarsService } from './avatars.service.js';
import { MeController, ProfilesController } from './profiles.controller.js';
import { ProfilesService } from './profiles.service.js';

@Module({
  controllers: [MeController, ProfilesController],
  providers: [ProfilesService, AvatarsService],
  exports: [ProfilesService],
})
export class ProfilesModule {}
