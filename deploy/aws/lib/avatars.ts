import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import * as origins from 'aws-cdk-lib/aws-cloudfront-origins';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

const PREFIX = 'avatars/*';

/** A private bucket that takes presigned uploads, and CloudFront, from which anybody reads the pictures. */
export class Avatars extends Construct {
  readonly bucket: s3.Bucket;
  readonly publicUrl: string;
  readonly access: iam.ManagedPolicy;

  constructor(scope: Construct, id: string, webOrigins: string[], logBucket: s3.IBucket) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Bucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      encryption: s3.BucketEncryption.S3_MANAGED,
      // Without versions: what an account's deletion removes is gone.
      versioned: false,
      cors: webOrigins.length > 0 ? [uploadsFrom(webOrigins)] : [],
      serverAccessLogsBucket: logBucket,
      serverAccessLogsPrefix: 'avatars/',
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.access = this.createAccess();
    this.publicUrl = `https://${this.createDistribution().distributionDomainName}`;
  }

  /** What the API does there, and no more (src/profiles/avatars.service.ts). */
  private createAccess(): iam.ManagedPolicy {
    const policy = new iam.ManagedPolicy(this, 'Access', {
      statements: [
        new iam.PolicyStatement({
          actions: ['s3:PutObject', 's3:DeleteObject'],
          resources: [this.bucket.arnForObjects(PREFIX)],
        }),
        new iam.PolicyStatement({
          actions: ['s3:ListBucket'],
          resources: [this.bucket.bucketArn],
          conditions: { StringLike: { 's3:prefix': PREFIX } },
        }),
      ],
    });
    const bucket = Stack.of(this).getLogicalId(this.bucket.node.defaultChild as s3.CfnBucket);
    Validations.of(policy).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${bucket}.Arn>/${PREFIX}]`,
      reason: 'The objects below avatars/ have random names.',
    });
    return policy;
  }

  private createDistribution(): cloudfront.Distribution {
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: 'Avatars of LockIN',
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin: origins.S3BucketOrigin.withOriginAccessControl(this.bucket),
        viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
        // A picture never changes; the limit is how long one can be seen after its account was deleted.
        cachePolicy: new cloudfront.CachePolicy(this, 'CachePolicy', {
          defaultTtl: Duration.hours(1),
          maxTtl: Duration.hours(1),
        }),
      },
    });
    Validations.of(distribution).acknowledge(
      { id: 'AwsSolutions-CFR1', reason: 'People use LockIN in every country.' },
      {
        id: 'AwsSolutions-CFR2',
        reason: 'It serves public pictures from a bucket; there is no application behind it.',
      },
      { id: 'AwsSolutions-CFR3', reason: 'Who looks at whose picture is not recorded.' },
      {
        id: 'AwsSolutions-CFR4',
        reason: "It has CloudFront's own host name, whose certificate fixes the TLS versions.",
      },
    );
    return distribution;
  }
}

function uploadsFrom(allowedOrigins: string[]): s3.CorsRule {
  return { allowedOrigins, allowedMethods: [s3.HttpMethods.PUT], allowedHeaders: ['content-type'], maxAge: 3600 };
}
