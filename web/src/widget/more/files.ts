// What may be sent as a photo, and how a large one is made smaller first.

export const types = ['image/jpeg', 'image/png', 'image/webp'];
export const maxBytes = 5 << 20;
export const maxPhotos = 5; // of a message
const longest = 2048; // pixels of a side, once it has to be made smaller

/** The pictures of a paste or a drop. */
export const pictures = (d: DataTransfer | null): File[] =>
  [...(d?.files ?? [])].filter((f) => f.type.startsWith('image/'));

export const hasFiles = (d: DataTransfer | null): boolean => d?.types.includes('Files') === true;

/** A photo as it can be sent, else the word for what is wrong with it. */
export async function fit(f: File): Promise<Blob | 'type' | 'size'> {
  if (types.includes(f.type) && f.size <= maxBytes) return f;
  try {
    // A large one, or of a type that this browser knows and the shop does not (phones' own).
    const picture = await createImageBitmap(f);
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext('2d')!.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const b = await new Promise<Blob | null>((ok) => canvas.toBlob(ok, 'image/jpeg', 0.85));
    if (b && b.size <= maxBytes) return b;
    return 'size';
  } catch {
    return types.includes(f.type) ? 'size' : 'type';
  }
}
