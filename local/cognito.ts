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
import { DEMO_PASSWORD, type DemoPerson } from './people.js';
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

/** cognito-local's types speak of a pino of its own. */
const logger = pino({ level: 'silent' }) as unknown as Parameters<typeof createServer>[1];
const context = { logger } as unknown as Context;

/**
 * Amazon's sign-in, played by cognito-local inside this process. Its signing key is public, so it listens to this
 * machine only. It is put together here because its own starter keeps its files under the working directory and
 * would take HOST and PORT, which are the API's.
 */
export async function startCognito(
  folder: string,
  port: number,
  people: readonly DemoPerson[],
  maintenanceGroup: string,
): Promise<LocalCognito> {
  const url = `http://${LOOPBACK}:${port}`;
  const clock = new DateClock();
  const stores = new CognitoStoreFactory(folder);
  await addDemoPeople(stores, people, maintenanceGroup);
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

/** Written once; who signs up or changes something later is kept beside them. */
async function addDemoPeople(
  stores: CognitoStoreFactory,
  people: readonly DemoPerson[],
  maintenanceGroup: string,
): Promise<void> {
  const now = new Date();
  const made = { CreationDate: now, LastModifiedDate: now };
  const user = ({ sub, name, email }: DemoPerson): object => ({
    Username: sub,
    Password: DEMO_PASSWORD,
    Enabled: true,
    UserStatus: 'CONFIRMED',
    UserCreateDate: now,
    UserLastModifiedDate: now,
    RefreshTokens: [],
    Attributes: Object.entries({ sub, name, email, email_verified: 'true' }).map(([Name, Value]) => ({ Name, Value })),
  });
  const members = people.filter((person) => person.maintenance).map((person) => person.sub);
  await stores.create(context, POOL, {
    Users: Object.fromEntries(people.map((person) => [person.sub, user(person)])),
    Options: { Id: POOL, UsernameAttributes: ['email'] },
    Groups: { [maintenanceGroup]: { GroupName: maintenanceGroup, members, ...made } },
  });
  await stores.create(context, 'clients', {
    Clients: {
      [CLIENT]: {
        ClientId: CLIENT,
        ClientName: 'LockIN',
        UserPoolId: POOL,
        ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
        ...made,
      },
    },
  });
}

/** Nobody has a mailbox here: who signs up reads the code on the console. */
const consoleSender: MessageSender = {
  sendEmail: async (_context, _user, destination, message) => tellCode(destination, message.__code),
  sendSms: async (_context, _user, destination, message) => tellCode(destination, message.__code),
};

function tellCode(destination: string, code: string | undefined): void {
  console.log(`Sign-up code for ${destination}: ${code}`);
}

const never = (): Promise<never> => Promise.reject(new Error('The local user pool has no Lambda triggers.'));

const noTriggers: Triggers = {
  enabled: () => false,
  customMessage: never,
  customEmailSender: never,
  postAuthentication: never,
  postConfirmation: never,
  preSignUp: never,
  preTokenGeneration: never,
  userMigration: never,
};
