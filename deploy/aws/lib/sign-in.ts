import { Aws, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { Settings } from './settings.ts';

/** The default of MAINTENANCE_GROUP. */
const MAINTENANCE_GROUP = 'admin';

/** People of a user pool, Cognito's sign-in pages and a public client for the app and for /docs. */
export class SignIn extends Construct {
  readonly issuer: string;
  readonly clientId: string;
  readonly domain: string;
  readonly userPool: cognito.UserPool;

  constructor(scope: Construct, id: string, { domain, callbackUrls }: Settings) {
    super(scope, id);
    this.userPool = this.createUserPool();
    this.userPool.addGroup('Maintenance', { groupName: MAINTENANCE_GROUP });
    // Unique in the region, as it has to be.
    const domainPrefix = `lockin-${Aws.ACCOUNT_ID}`;
    this.userPool.addDomain('Domain', {
      cognitoDomain: { domainPrefix },
      managedLoginVersion: cognito.ManagedLoginVersion.CLASSIC_HOSTED_UI,
    });
    const client = this.userPool.addClient('App', {
      generateSecret: false,
      authFlows: { userSrp: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
        callbackUrls: [...callbackUrls, `https://${domain}/docs/oauth2-redirect.html`],
      },
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
    });
    this.issuer = this.userPool.userPoolProviderUrl;
    this.clientId = client.userPoolClientId;
    this.domain = `${domainPrefix}.auth.${Stack.of(this).region}.amazoncognito.com`;
  }

  private createUserPool(): cognito.UserPool {
    const userPool = new cognito.UserPool(this, 'UserPool', {
      selfSignUpEnabled: true,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      // A new address counts once it is verified.
      keepOriginal: { email: true },
      standardAttributes: { email: { required: true, mutable: true } },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      passwordPolicy: { minLength: 12, requireLowercase: true, requireUppercase: true, requireDigits: true },
      mfa: cognito.Mfa.OPTIONAL,
      mfaSecondFactor: { otp: true, sms: false },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(userPool).acknowledge(
      {
        id: 'AwsSolutions-COG1',
        reason: 'Twelve characters instead of symbols: length is what makes a password strong.',
      },
      { id: 'AwsSolutions-COG2', reason: 'People who track their focus choose whether they want a second factor.' },
      { id: 'AwsSolutions-COG8', reason: 'Threat protection costs by active user; a deployment decides for it later.' },
    );
    return userPool;
  }
}
