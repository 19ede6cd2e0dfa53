import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const MAINTENANCE = 'auth:maintenance';

/** Only for people in the maintenance group; anybody else is answered 403 before the request is looked at. */
export const Maintenance = (): CustomDecorator => SetMetadata(MAINTENANCE, true);
