import { SetMetadata, type CustomDecorator } from '@nestjs/common';

export const PUBLIC = 'auth:public';

/** Lets anybody in. Every route without it asks for a token. */
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);
