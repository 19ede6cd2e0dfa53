import { usesCognito } from '../config';
import * as cognito from './cognito';
import * as demo from './demo';

/** Cognito's hosted pages if they are configured, else the demo users of the local stack. */
export const { token, signOut } = usesCognito ? cognito : demo;
