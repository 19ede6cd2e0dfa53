import * as x509 from '@peculiar/x509';

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};
const DAY = 86_400_000;

export interface Authority {
  /** PEM. */
  readonly certificate: string;
  /** A server's certificate and key, in PEM, for one host name. */
  issue(hostName: string): Promise<{ certificate: string; key: string }>;
}

const makeKeys = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(RSA, true, ['sign', 'verify']);
const validity = () => ({ notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) });

/** A self-signed certificate authority. */
export async function createAuthority(name: string): Promise<Authority> {
  const keys = await makeKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: RSA,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    ...validity(),
  });
  const issue = async (hostName: string): Promise<{ certificate: string; key: string }> => {
    const { publicKey, privateKey } = await makeKeys();
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${hostName}`,
      issuer: authority.subject,
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: RSA,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: hostName }])],
      ...validity(),
    });
    const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY');
    return { certificate: certificate.toString('pem'), key };
  };
  return { certificate: authority.toString('pem'), issue };
}
