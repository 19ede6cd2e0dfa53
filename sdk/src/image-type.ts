import { ProblemError } from './errors.js';
import type { ImageType } from './types.js';

/** An image on the device: an asset of `expo-image-picker`, or a file as React Native's `FormData` takes it. */
export interface PickedImage {
  uri: string;
  mimeType?: string | null;
  fileName?: string | null;
  name?: string | null;
  /** The content type, or the kind of the asset: `image`. */
  type?: string | null;
  /** Not used, because the file itself is measured. */
  fileSize?: number | null;
  size?: number | null;
}

const TYPE_BY_EXTENSION: Record<string, ImageType | undefined> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
};

/** How a file begins, in Base64. A WebP file has its length between `RIFF` and `WEBP`. */
const TYPE_BY_START: [RegExp, ImageType][] = [
  [/^\/9j\//, 'image/jpeg'],
  [/^iVBORw0KGgo/, 'image/png'],
  [/^UklGR.{6}XRUJQ/, 'image/webp'],
];

/** The content type of an image. Throws a `ProblemError` if it is none that an avatar may have. */
export async function contentTypeOf(image: Blob | PickedImage, file: Blob): Promise<ImageType> {
  const picked: Partial<PickedImage> = 'uri' in image ? image : { name: 'name' in image ? String(image.name) : null };
  const declared = [picked.mimeType, picked.type, file.type].find(isSpecific)?.toLowerCase();
  const extension = [picked.fileName, picked.name, picked.uri].map(extensionOf).find(Boolean);
  const type =
    declared === undefined ? (typeOfExtension(extension) ?? (await typeOfStart(file))) : typeOfMime(declared);
  if (type) return type;
  throw unsupported(declared ?? (extension && `a .${extension} file`) ?? 'a file of an unknown type');
}

/** Whether the text names one content type. Platforms that do not know it give a general one, such as `image`. */
function isSpecific(type: string | null | undefined): type is string {
  return type?.includes('/') === true && !/\*|octet-stream/.test(type);
}

/** Also that of `image/jpg`, which some pickers use. */
function typeOfMime(type: string): ImageType | undefined {
  return typeOfExtension(/^image\/(\w+)/.exec(type)?.[1]);
}

function typeOfExtension(extension: string | undefined): ImageType | undefined {
  return extension === undefined ? undefined : TYPE_BY_EXTENSION[extension];
}

function extensionOf(name: string | null | undefined): string | undefined {
  return /\.(\w+)(?:[?#].*)?$/.exec(name ?? '')?.[1]?.toLowerCase();
}

async function typeOfStart(file: Blob): Promise<ImageType | undefined> {
  const start = await toBase64(file.slice(0, 12));
  return TYPE_BY_START.find(([pattern]) => pattern.test(start))?.[1];
}

/** React Native's Blob has no `arrayBuffer`, and Node has no `FileReader`. */
async function toBase64(file: Blob): Promise<string> {
  if (typeof FileReader === 'undefined') return btoa(String.fromCharCode(...new Uint8Array(await file.arrayBuffer())));
  return await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^.*base64,/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('The image cannot be read.'));
    reader.readAsDataURL(file);
  });
}

function unsupported(found: string): ProblemError {
  const detail = `The image must be a JPEG, PNG or WebP file, not ${found}.`;
  const errors = [{ pointer: '/content_type', detail }];
  return new ProblemError(new Response(null, { status: 400 }), { code: 'invalid_request', detail, errors });
}
