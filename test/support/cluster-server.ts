import { embeddedBinaries, packagedBinaries } from '../../local/postgres-binaries.js';

/** The servers of `npm ci` by major version: the embedded one, and package.json's optional dependencies. */
const SERVERS: Readonly<Record<string, () => Promise<string>>> = {
  15: () => otherMajor('pg15'),
  16: () => otherMajor('pg16'),
  17: () => otherMajor('pg17'),
  18: embeddedBinaries,
};

/** The directory of PostgreSQL's binaries: TEST_PG_BIN, or npm's server of the version TEST_PG. */
export async function testServerBinaries(): Promise<string> {
  const { TEST_PG: major = '18', TEST_PG_BIN: folder } = process.env;
  if (folder) return folder;
  const binaries = SERVERS[major];
  if (!binaries) {
    throw new Error(`TEST_PG is 15, 16, 17 or 18, not ${major}; TEST_PG_BIN names the binaries of any other server.`);
  }
  return binaries();
}

function otherMajor(name: string): Promise<string> {
  return packagedBinaries(name, 'npm has it for Linux on x64 only, and TEST_PG_BIN names the binaries of any server');
}
