/** `npm run generate -w sdk`: writes the examples of the SDK's MSW handlers. */
import { writeFileSync } from 'node:fs';
import { readDocument } from '../contract/document.js';
import { render } from './examples.js';

const root = new URL('../../', import.meta.url);
writeFileSync(new URL('sdk/src/msw/examples.ts', root), render(readDocument(new URL('openapi.yaml', root))));
