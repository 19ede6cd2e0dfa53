import { once } from 'node:events';
import type { Server } from 'node:http';
import { Router } from 'cognito-local/lib/server/Router.js';
import { DefaultConfig } from 'cognito-local/lib/server/config.js';
import { createServer } from 'cognito-local/lib/server/server.js';
import { CognitoServiceFactoryImpl } from 'cognito-local/lib/services/cognitoService.js';
import type { Context } from 'cognito-local/lib/services/context.js';
import { DateClock, MessagesService, type Triggers } from 'cognito-local/lib/services/index.js';
import { MessageDeliveryService } from 'cognito-local/lib/services/messageDelivery/messageDelivery.js';
import type { MessageSender } from 'cognito-local/lib/services/messageDelivery/messageSender.js';
import { otp } from 'cognito-local/lib/services/otp.js';
import { JwtTokenGenerator } from 'cognito-local/lib/services/tokenGenerator.js';
import { UserPoolServiceFactoryImpl } from 'cognito-local/lib/services/userPoolService.js';
import { pino } from 'pino';
import { CognitoStoreFactory } from './cognito-store.js';
import { DEMO_PASSWORD, type DemoUser } from './demo-users.js';
import { LOOPBACK } from './ports.js';

const POOL = 'local_lockin';
const CLIENT = 'lockin-local';

export interface LocalCognito {
  readonly port: number;
  readonly url: string;
  readonly issuer: string;
  readonly clientId: string;
  stop(): Promise<void>;
}

/** The cast is needed because cognito-local's types refer to another version of pino. */
const logger = pino({ level: 'silent' }) as unknown as Parameters<typeof createServer>[1];
const context = { logger } as unknown as Context;

/**
 * Starts cognito-local, an emulator of Amazon Cognito, in this process. It listens on the loopback interface only,
 * because its signing key is public. Its own entry point is not used: that stores its files under the working directory
 * and reads HOST and PORT, which configure the API.
 */
export async function startCognito(
  folder: string,
  port: number,
  users: readonly DemoUser[],
  maintenanceGroup: string,
): Promise<LocalCognito> {
  const url = `http://${LOOPBACK}:${port}`;
  const clock = new DateClock();
  const stores = new CognitoStoreFactory(folder);
  await createUserPool(stores, users, maintenanceGroup);
  const pools = new UserPoolServiceFactoryImpl(clock, stores);
  const cognito = await new CognitoServiceFactoryImpl(folder, stores, pools).create(context, {
    UsernameAttributes: ['email'],
  });
  const config = { ...DefaultConfig, TokenConfig: { IssuerDomain: url } };
  const services = {
    clock,
    cognito,
    config,
    otp,
    messages: new MessagesService(noTriggers, new MessageDeliveryService(consoleSender)),
    tokenGenerator: new JwtTokenGenerator(clock, noTriggers, config.TokenConfig),
    triggers: noTriggers,
  };
  const app = createServer(Router(services), logger, { port, hostname: LOOPBACK });
  const server = (await app.start()) as Server;
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { port, url, issuer: `${url}/${POOL}`, clientId: CLIENT, stop };
}

/** Creates the user pool with the demo users. An existing user pool is left as it is. */
async function createUserPool(
  stores: CognitoStoreFactory,
  users: readonly DemoUser[],
  maintenanceGroup: string,
): Promise<void> {
  const now = new Date();
  const timestamps = { CreationDate: now, LastModifiedDate: now };
  const poolUser = ({ sub, name, email }: DemoUser): object => ({
    Username: sub,
    Password: DEMO_PASSWORD,
    Enabled: true,
    UserStatus: 'CONFIRMED',
    UserCreateDate: now,
    UserLastModifiedDate: now,
    RefreshTokens: [],
    Attributes: Object.entries({ sub, name, email, email_verified: 'true' }).map(([Name, Value]) => ({ Name, Value })),
  });
  const members = users.filter(({ maintenance }) => maintenance).map(({ sub }) => sub);
  await stores.create(context, POOL, {
    Users: Object.fromEntries(users.map((user) => [user.sub, poolUser(user)])),
    Options: { Id: POOL, UsernameAttributes: ['email'] },
    Groups: { [maintenanceGroup]: { GroupName: maintenanceGroup, members, ...timestamps } },
  });
  await stores.create(context, 'clients', {
    Clients: {
      [CLIENT]: {
        ClientId: CLIENT,
        ClientName: 'LockIN',
        UserPoolId: POOL,
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
        ...timestamps,
      },
    },
  });
}

/** Prints confirmation codes to the console instead of sending them. */
const consoleSender: MessageSender = {
  sendEmail: async (_context, _user, destination, message) => printCode(destination, message.__code),
  sendSms: async (_context, _user, destination, message) => printCode(destination, message.__code),
};

function printCode(destination: string, code: string | undefined): void {
  console.log(`Sign-up code for ${destination}: ${code}`);
}

const noTrigger = (): Promise<never> => Promise.reject(new Error('The local user pool has no Lambda triggers.'));

const noTriggers: Triggers = {
  enabled: () => false,
  customMessage: noTrigger,
  customEmailSender: noTrigger,
  postAuthentication: noTrigger,
  postConfirmation: noTrigger,
  preSignUp: noTrigger,
  preTokenGeneration: noTrigger,
  userMigration: noTrigger,
};
