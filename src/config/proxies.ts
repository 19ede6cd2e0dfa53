import { isIP } from 'node:net';

/** Whether TRUST_PROXY can be used: `none`, a number of proxies, or their addresses and networks. */
export function areProxies(setting: unknown): boolean {
  if (typeof setting !== 'string') return false;
  return /^(none|\d{1,2})$/.test(setting) || setting.split(',').every((part) => isAddressOrNetwork(part.trim()));
}

function isAddressOrNetwork(text: string): boolean {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return bits > 0 && (length === undefined || (Number(length) >= 1 && Number(length) <= bits));
}
